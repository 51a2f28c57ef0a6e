"""The email service's HTTP calls."""
