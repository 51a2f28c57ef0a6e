"""Meta's Marketing API, spoken with its own client library: an ad account, its objects and its insights."""
