"""Long work of this service, and when it runs."""
