"""Telling an outage of Postgres from a mistake of ours."""

import asyncpg

_OUTAGES = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
)


def is_outage(error: BaseException) -> bool:
    """Whether the error says that the database is away, so that the same call may work in a moment."""
    return isinstance(error, _OUTAGES)
