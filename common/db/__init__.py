"""Postgres: one pool a service, one transaction a unit of work, the tenant set in each."""

from common.db.pool import Connection, Database
from common.db.wait import DatabaseNotReady, connect_when_ready

__all__ = ["Connection", "Database", "DatabaseNotReady", "connect_when_ready"]
