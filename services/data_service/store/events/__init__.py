"""Event rows: staged on a connection, then inserted into the monthly event tables."""
