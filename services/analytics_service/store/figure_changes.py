"""Figures that changed after their day was complete: table `analytics.figure_change`."""

from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange

_COUNT_STATEMENT = (
    "select count(*) from analytics.figure_change c where c.tenant_id = $1 and c.day between $2 and $3"
    " and ($4::text[] is null or c.platform = any($4))"
)


async def list_figure_changes(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: list[str] | None, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of these days' changes, newest first, and their total number."""
    parameters = (tenant_id, *days, platforms)
    total = await connection.fetchval(_COUNT_STATEMENT, *parameters)
    rows = await connection.fetch(
        "select * from analytics.get_figure_changes($1, $2, $3, $4, $5, $6)", *parameters, page.limit, page.offset
    )
    return [dict(row) for row in rows], total or 0
