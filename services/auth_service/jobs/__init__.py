"""Jobs of the auth service."""
