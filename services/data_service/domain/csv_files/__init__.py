"""Files of rows: what their columns are, how a file is recognised, and how its rows are read."""
