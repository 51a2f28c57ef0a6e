"""Exact sums of leads and ads, from which marketing's metrics are computed."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.day_range import DateRange


class TotalsQuery(NamedTuple):
    """A range and a platform (None: all)."""

    days: DateRange
    platform: str | None


async def get_marketing_totals(
    connection: Connection, tenant_id: UUID, queries: Sequence[TotalsQuery]
) -> dict[TotalsQuery, dict[str, Any]]:
    """Return the sums of each query, all in one statement."""
    if not queries:
        return {}
    rows = await connection.fetch(
        "select * from analytics.get_marketing_totals($1, $2, $3, $4)",
        tenant_id,
        [query.days.start for query in queries],
        [query.days.end for query in queries],
        [query.platform for query in queries],
    )
    return {query: dict(row) for query, row in zip(queries, rows, strict=True)}
