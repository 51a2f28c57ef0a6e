"""Telling an outage of Postgres from a mistake of ours."""

import errno

import asyncpg

_OUTAGES = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
)
# Others were in the way: rolled back for a deadlock, waited too long for a lock, no memory or connection left.
_MAY_PASS = (
    TimeoutError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
)
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT}


def is_outage(error: BaseException) -> bool:
    """Whether the error says that the database is away, so that the same call may work in a moment.

    A full disk, a missing file, a statement that takes too long or a wrong call of the driver is none: trying those
    again for ever would hide them.
    """
    if isinstance(error, _OUTAGES):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        # What the driver says of a connection or pool that is gone; its other complaints are about how it was called.
        return "closed" in str(error) or "closing" in str(error)
    if isinstance(error, OSError):
        # Several addresses tried, all refused: asyncio tells of them in one OSError without a number.
        return error.errno in _UNREACHABLE or (error.errno is None and str(error).startswith("Multiple exceptions"))
    return False


def may_pass(error: BaseException) -> bool:
    """Whether a busy database alone may be the reason, so that the same work is worth another try or two."""
    return is_outage(error) or isinstance(error, _MAY_PASS)
