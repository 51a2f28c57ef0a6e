"""Code that all services share: settings, logs, errors, tenant isolation in the database, events, jobs and HTTP."""
