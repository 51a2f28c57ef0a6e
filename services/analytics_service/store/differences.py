"""Differences that checks found between aggregates and raw rows: table `analytics.difference`."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams


class Difference(NamedTuple):
    """A stored row (`kept`) that differs from the raw rows (`counted`); '' on a side that has no such row."""

    table: str
    key: str
    kept: str
    counted: str


async def add_differences(
    connection: Connection, tenant_id: UUID, job_id: UUID, differences: Sequence[Difference]
) -> None:
    """Record the differences that a check found."""
    await connection.execute(
        "insert into analytics.difference (tenant_id, job_id, table_name, row_key, kept, counted)"
        " select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::text[])",
        tenant_id,
        job_id,
        *([getattr(difference, name) for difference in differences] for name in Difference._fields),
    )


async def list_differences(
    connection: Connection, tenant_id: UUID, job_id: UUID | None, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of differences, newest first, of one job or of all, and their total number."""
    total = await connection.fetchval(
        "select count(*) from analytics.difference where tenant_id = $1 and ($2::uuid is null or job_id = $2)",
        tenant_id,
        job_id,
    )
    rows = await connection.fetch(
        "select job_id, found_at, table_name, row_key, kept, counted from analytics.difference"
        " where tenant_id = $1 and ($2::uuid is null or job_id = $2)"
        " order by difference_id desc limit $3 offset $4",
        tenant_id,
        job_id,
        page.limit,
        page.offset,
    )
    return [dict(row) for row in rows], total or 0
