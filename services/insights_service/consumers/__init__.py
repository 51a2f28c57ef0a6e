"""What this service does about other services' events: a file per event."""
