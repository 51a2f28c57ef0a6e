"""Saved snapshots: table `analytics.snapshot`."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb, to_jsonb
from common.pagination import PageParams

_COLUMNS = "snapshot_id as id, type, day as date, metrics, saved_by, saved_at"


async def list_snapshots(
    connection: Connection, tenant_id: UUID, kind: str | None, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of snapshots, the latest day first, and their total number; `kind` None: of all types."""
    total = await connection.fetchval(
        "select count(*) from analytics.snapshot where tenant_id = $1 and ($2::text is null or type = $2)",
        tenant_id,
        kind,
    )
    rows = await connection.fetch(
        f"select {_COLUMNS} from analytics.snapshot"  # noqa: S608 -- own names
        " where tenant_id = $1 and ($2::text is null or type = $2)"
        " order by day desc, type limit $3 offset $4",
        tenant_id,
        kind,
        page.limit,
        page.offset,
    )
    return [_answer(row) for row in rows], total or 0


async def save_snapshot(
    connection: Connection, tenant_id: UUID, kind: str, day: date, metrics: dict[str, Any], saved_by: str
) -> tuple[dict[str, Any], bool]:
    """Save the figures of the period that begins on `day`, replacing an earlier snapshot.

    Returns the snapshot, and whether it is new.
    """
    row = await connection.fetchrow(
        "insert into analytics.snapshot as s (tenant_id, type, day, metrics, saved_by) values ($1, $2, $3, $4, $5)"  # noqa: S608 -- own names
        " on conflict (tenant_id, type, day) do update"
        " set metrics = excluded.metrics, saved_by = excluded.saved_by, saved_at = now()"
        f" returning {_COLUMNS}, xmax = 0 as is_new",
        tenant_id,
        kind,
        day,
        to_jsonb(metrics),
        saved_by,
    )
    answer = _answer(cast("Any", row))
    return answer, answer.pop("is_new")


def _answer(row: Any) -> dict[str, Any]:
    return dict(row) | {"metrics": raw_jsonb(row["metrics"])}
