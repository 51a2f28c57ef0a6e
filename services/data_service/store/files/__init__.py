"""Uploaded files, what was not taken of them, and previews' transactions."""
