"""Clients of identity providers."""
