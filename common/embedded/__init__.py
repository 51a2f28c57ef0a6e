"""The servers that come with the project: PostgreSQL and NATS from wheels, run without system packages."""
