"""Connected sources, their cursors, schedules and quotas, and the pieces of backfills."""
