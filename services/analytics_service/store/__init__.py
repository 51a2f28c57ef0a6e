"""The only Python of this service that touches SQL."""
