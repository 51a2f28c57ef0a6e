"""A transaction that shows what would happen, and never does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from common.db import Connection, Database
from common.db.pool import Caller
from services.data_service.errors import PreviewInterrupted

LOCK_SECONDS = 5


class _Enough(Exception):
    """All has been seen."""


@asynccontextmanager
async def undone(db: Database, caller: Caller) -> AsyncGenerator[Connection]:
    """A transaction of the caller's tenant that is rolled back whatever happens.

    Until then it holds the rows it touches: who writes the same ones waits for it.

    Raises:
        PreviewInterrupted: somebody else holds such a row for longer than a few seconds.
    """
    try:
        async with db.of(caller) as connection:
            await connection.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
            yield connection
            raise _Enough
    except _Enough:
        return
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
        raise PreviewInterrupted from error
