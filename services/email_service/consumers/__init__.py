"""What this service does about events: a file per event."""
