"""The only package here that knows SQL, and the shapes of its results."""
