"""The quality of a range's figures: `analytics.get_data_quality`."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.retention import KeptFrom, get_kept_from


class DataQuality(NamedTuple):
    """The quality of a range's figures; all lists of days are in order."""

    fresh_as_of: datetime | None
    is_waiting: bool
    provisional_from: date | None
    sampled_days: list[date]
    thresholded_days: list[date]
    unconverted_days: list[date]
    kept_from: KeptFrom


async def get_data_quality(connection: Connection, tenant_id: UUID, days: DateRange) -> DataQuality:
    """Return the quality of the figures of these days."""
    row: Any = await connection.fetchrow("select * from analytics.get_data_quality($1, $2, $3)", tenant_id, *days)
    return DataQuality(*row, kept_from=await get_kept_from(connection, tenant_id))
