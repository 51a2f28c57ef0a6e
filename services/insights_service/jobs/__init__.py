"""Jobs of this service, and when they run."""
