"""Consumers of other services' events, a file per event."""
