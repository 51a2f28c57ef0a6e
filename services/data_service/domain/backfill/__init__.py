"""Reading past days of a source: planning it, and its progress."""
