"""What the auth service does about events."""
