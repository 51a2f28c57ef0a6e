"""Making sure of a month's partitions before its rows come."""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Final

import asyncpg

from common.db import Database

# Each try keeps others waiting for 0.15 s (database/functions/data/ensure_month.sql), and lets them pass after it.
_PAUSE_SECONDS: Final = 0.8
# A job is patient: 20 s. Who waits for an answer is told after 2 s to come again, after 8 where many
# months are being made.
_TRIES: Final = 20
TRIES_OF_A_CALL: Final = 3


class MonthNotMade(ConnectionError):
    """Something long holds the default partitions: an outage, so that what was tried may be tried again."""


class KnownMonths:
    """Months whose partitions stand. They are never dropped, so each is asked for once a process."""

    def __init__(self) -> None:
        self._known: set[date] = set()

    async def ensure(self, database: Database, months: Iterable[date], tries: int = _TRIES) -> None:
        """Make the partitions that are missing, each month in a transaction of its own.

        Raises:
            MonthNotMade: each of the tries failed.
        """
        for month in sorted(set(months) - self._known):
            for left in reversed(range(tries)):
                try:
                    async with database.pool.acquire() as connection:
                        await connection.execute("select data.ensure_month($1)", month)
                    break
                except asyncpg.LockNotAvailableError as error:
                    if not left:
                        message = f"the partitions of {month:%Y-%m} cannot be made now"
                        raise MonthNotMade(message) from error
                await asyncio.sleep(_PAUSE_SECONDS)
            self._known.add(month)
