"""Website users and branches."""
