"""This service's jobs and background loops."""
