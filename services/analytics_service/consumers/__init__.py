"""Consumers of events, a file per event."""
