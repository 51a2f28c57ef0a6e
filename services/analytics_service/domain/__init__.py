"""Rules without a database: ranges of days, what may become of a task, what figures mean."""
