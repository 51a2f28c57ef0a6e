"""Uploaded files: read in a process of their own, previewed, taken in chunk by chunk."""
