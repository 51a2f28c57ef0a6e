"""What incoming rows mean: pure functions from a file's line or a posted event to a row of the event tables."""
