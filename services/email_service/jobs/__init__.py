"""The email service's jobs."""
