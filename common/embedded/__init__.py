"""Run PostgreSQL and NATS from wheels, without system packages."""
