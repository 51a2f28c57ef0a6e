"""Connected sources: kept, planned, read, and what follows from how that ended."""
