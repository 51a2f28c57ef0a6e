"""The auth service's SQL."""
