"""The only place here that knows SQL, and the shapes of what comes out of it."""
