"""Quality flags of a report that covers several days."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from common.db import Connection
from services.data_service.domain.ga4.due_days import KEPT_OLDER
from services.data_service.domain.ga4.read_reports import Flags
from services.data_service.domain.syncs.sync_run import SyncRun


async def flag_days(
    run: SyncRun,
    connection: Connection,
    stream: str,
    days: tuple[date, date],
    flags: Flags,
    kept: Mapping[date, dict[str, Any]],
) -> None:
    """Store the flags for each day (both included); days `kept` unchanged get only their own.

    Google does not say which of the days a flag is about; the day whose rows it withholds may have none left.
    """
    first, last = days
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        if day in kept:
            await run.flag_too(connection, stream, day, {KEPT_OLDER: kept[day]})
        else:
            await run.flag(connection, stream, day, flags)
