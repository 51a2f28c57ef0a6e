"""The schema: today's tables as files, its history as revisions, and functions, policies and grants re-applied."""
