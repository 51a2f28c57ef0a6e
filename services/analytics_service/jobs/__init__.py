"""What runs by itself beside the routes."""
