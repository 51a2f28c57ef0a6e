"""Alembic's entry: `database.upgrade` has opened the connection and its transaction."""

from alembic import context
from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="migration")
with context.begin_transaction():
    context.run_migrations()
