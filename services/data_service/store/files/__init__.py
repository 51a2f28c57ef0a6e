"""Uploaded files, their rejected lines, and the transactions of previews."""
