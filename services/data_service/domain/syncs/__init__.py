"""Connected sources: their settings, when they are read, and what follows from the outcome."""
