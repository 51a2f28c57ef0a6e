"""What Google says of a report of several days."""

from datetime import date, timedelta

from common.db import Connection
from services.data_service.domain.ga4.read_reports import Flags
from services.data_service.domain.syncs.sync_run import SyncRun


async def flag_days(run: SyncRun, connection: Connection, stream: str, days: tuple[date, date], flags: Flags) -> None:
    """Note the flags with each of the days, both inclusive.

    Google does not say which of them it means; the one whose rows it withholds may have none left.
    """
    first, last = days
    for number in range((last - first).days + 1):
        await run.flag(connection, stream, first + timedelta(days=number), flags)
