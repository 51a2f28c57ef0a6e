"""Figures that changed after their day was complete: table `analytics.figure_change`."""

from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange

_MEANT = (
    "from analytics.figure_change c where c.tenant_id = $1 and c.day between $2 and $3"
    " and ($4::text[] is null or c.platform = any($4))"
)


async def list_figure_changes(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Of these days, newest change first, and how many there are."""
    asked = (tenant_id, *days, platforms)
    total = await connection.fetchval(f"select count(*) {_MEANT}", *asked)
    rows = await connection.fetch(
        "select c.day, c.platform, c.metric, c.changed_at, c.was as from, c.became as to,"
        f" c.became - c.was as difference, c.reason {_MEANT} order by c.change_id desc limit $5 offset $6",
        *asked,
        page.limit,
        page.offset,
    )
    return [dict(row) for row in rows], total or 0
