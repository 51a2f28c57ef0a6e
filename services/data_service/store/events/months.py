"""Creating a month's partitions before its rows arrive."""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Final

import asyncpg

from common.db import Database

# Each attempt blocks other writers up to 0.15 s (database/functions/data/ensure_month.sql); the pause lets them go.
_PAUSE_SECONDS: Final = 0.8
# A job tries for about 20 s. A request gives up after about 2 s (8 s if many months are being created).
_TRIES: Final = 20
TRIES_OF_A_CALL: Final = 3


class MonthNotMade(ConnectionError):
    """The default partitions stayed locked; a ConnectionError, so that callers treat it as an outage and retry."""


class KnownMonths:
    """Months whose partitions exist. Partitions are never dropped, so each month is checked once per process."""

    def __init__(self) -> None:
        self._known: set[date] = set()

    async def ensure(self, database: Database, months: Iterable[date], tries: int = _TRIES) -> None:
        """Create the missing partitions, each month in its own transaction.

        Raises:
            MonthNotMade: every attempt failed.
            NoConnection
        """
        for month in sorted(set(months) - self._known):
            for left in reversed(range(tries)):
                try:
                    async with database.connection() as connection:
                        await connection.execute("select data.ensure_month($1)", month)
                    break
                except asyncpg.LockNotAvailableError as error:
                    if not left:
                        message = f"the partitions of {month:%Y-%m} cannot be made now"
                        raise MonthNotMade(message) from error
                await asyncio.sleep(_PAUSE_SECONDS)
            self._known.add(month)
