"""Clients of other services and of outside systems, over HTTP."""
