"""The campaigns, ad sets and ads of a connected ad account."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from services.data_service.store.events.marketing_batches import announce_marketing


class AdObject(NamedTuple):
    """One object; `said` holds all that its platform reports of it."""

    level: str
    object_id: str
    parent_id: str | None
    name: str
    status: str
    said: dict[str, Any]


async def keep_ad_objects(
    connection: Connection, tenant_id: UUID, source_id: UUID, objects: Sequence[AdObject], job_id: UUID | None = None
) -> int:
    """Upsert objects, and publish new ones and changed names and parents.

    Returns how many are new or changed.
    """
    row: Any = await connection.fetchrow(
        "with kept as (insert into data.ad_object as o"
        " (tenant_id, source_id, level, object_id, parent_id, name, status, said, changed_at)"
        " select $1, $2, t.level, t.object_id, t.parent_id, t.name, t.status, t.said, now()"
        " from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])"
        " t (level, object_id, parent_id, name, status, said)"
        " on conflict (tenant_id, source_id, level, object_id) do update set"
        " parent_id = excluded.parent_id, name = excluded.name, status = excluded.status, said = excluded.said,"
        " changed_at = excluded.changed_at, ended_at = null"
        " where o.said is distinct from excluded.said or o.ended_at is not null"
        " returning level, object_id, parent_id, name)"
        # A statement sees the rows as they were before it.
        " select count(*) as changed, count(*) filter (where not exists ("
        "select from data.ad_object b where b.tenant_id = $1 and b.source_id = $2 and b.level = k.level"
        " and b.object_id = k.object_id and b.ended_at is null"
        " and (b.parent_id, b.name) is not distinct from (k.parent_id, k.name))) as renamed from kept k",
        tenant_id,
        source_id,
        [one.level for one in objects],
        [one.object_id for one in objects],
        [one.parent_id for one in objects],
        [one.name for one in objects],
        [one.status for one in objects],
        [to_jsonb(one.said) for one in objects],
    )
    await announce_marketing(connection, tenant_id, job_id, row["renamed"], campaigns=row["renamed"] > 0)
    return int(row["changed"])


async def end_unseen_objects(
    connection: Connection,
    tenant_id: UUID,
    source_id: UUID,
    level: str,
    seen: Sequence[str],
    job_id: UUID | None = None,
) -> list[dict[str, Any]]:
    """End the objects of a level that the platform no longer lists, and publish it; returns their last `said`."""
    rows = await connection.fetch(
        "update data.ad_object set status = 'DELETED', ended_at = now(), changed_at = now()"
        " where tenant_id = $1 and source_id = $2 and level = $3 and ended_at is null and not object_id = any($4)"
        " returning said",
        tenant_id,
        source_id,
        level,
        seen,
    )
    await announce_marketing(connection, tenant_id, job_id, len(rows), campaigns=bool(rows))
    return [from_jsonb(row["said"]) for row in rows]


async def count_ad_objects(connection: Connection, tenant_id: UUID, source_id: UUID, level: str) -> int:
    """How many objects of a level are stored, including ended ones."""
    count: int | None = await connection.fetchval(
        "select count(*) from data.ad_object where tenant_id = $1 and source_id = $2 and level = $3",
        tenant_id,
        source_id,
        level,
    )
    return count or 0
