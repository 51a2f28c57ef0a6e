"""What stands out, why, and what comes next; no database, no HTTP."""
