"""What ratios of marketing are made of: exact sums, of all that leads and ads brought."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange


class Asked(NamedTuple):
    """A range, and the platform that is meant (None: all)."""

    days: DateRange
    platform: str | None


async def get_marketing_totals(
    connection: Connection, tenant_id: UUID, asked: Sequence[Asked]
) -> dict[Asked, dict[str, Any]]:
    """The sums of each range, all in one statement."""
    if not asked:
        return {}
    rows = await connection.fetch(
        "select * from analytics.get_marketing_totals($1, $2, $3, $4)",
        tenant_id,
        [one.days.start for one in asked],
        [one.days.end for one in asked],
        [one.platform for one in asked],
    )
    return {one: dict(row) for one, row in zip(asked, rows, strict=True)}
