"""What the gateway decides from a request alone."""
