"""The gateway's connections to the services behind it, and to the bus."""
