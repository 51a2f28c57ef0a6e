"""A transaction that is always rolled back, for previews."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from common.db import Connection, Database
from common.db.pool import Caller
from services.data_service.errors import PreviewInterrupted

LOCK_SECONDS = 5


class _Enough(Exception):
    """Leaves the transaction so that it is rolled back."""


@asynccontextmanager
async def undone(db: Database, caller: Caller) -> AsyncGenerator[Connection]:
    """Open a transaction of the caller's tenant that is always rolled back.

    Until it ends it locks the rows that it touches, and other writers of these rows wait for it.

    Raises:
        PreviewInterrupted: another transaction holds such a row for more than LOCK_SECONDS, or there is a deadlock.
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
