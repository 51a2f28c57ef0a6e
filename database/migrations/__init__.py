"""The schema's history, for Alembic. Revisions are run by `database.upgrade`, in one transaction."""
