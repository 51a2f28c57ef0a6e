"""Handlers of events, a file per event."""
