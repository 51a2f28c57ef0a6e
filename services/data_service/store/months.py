"""Making sure of a month's partitions before its rows come."""

from collections.abc import Iterable
from datetime import date

from common.db import Database


class KnownMonths:
    """Months whose partitions stand. They are never dropped, so each is asked for once a process."""

    def __init__(self) -> None:
        self._known: set[date] = set()

    async def ensure(self, database: Database, months: Iterable[date]) -> None:
        """Make the partitions that are missing, each month in a transaction of its own."""
        for month in sorted(set(months) - self._known):
            async with database.pool.acquire() as connection:
                await connection.execute("select data.ensure_month($1)", month)
            self._known.add(month)
