"""What every service stands on: settings, logs, errors, the database fence, events, jobs and the HTTP frame."""
