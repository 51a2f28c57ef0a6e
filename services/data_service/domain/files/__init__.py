"""Uploaded files: read in a separate process, previewed, and imported chunk by chunk."""
