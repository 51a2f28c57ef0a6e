"""Event consumers, a file per event."""
