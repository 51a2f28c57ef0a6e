"""What can be wrong with a request to the auth service, each named for what it is."""
