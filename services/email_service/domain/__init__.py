"""What a branch report is, how it reads and how it looks: no database, no network."""
