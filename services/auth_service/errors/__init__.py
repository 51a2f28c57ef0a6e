"""The error answers of the auth service."""
