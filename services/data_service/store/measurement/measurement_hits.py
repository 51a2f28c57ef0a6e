"""Counts of the hits to `/mp/collect`, and the refused ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams

KEPT_REFUSED: Final = 100


class RefusedHit(NamedTuple):
    """A refused event, or a refused hit of `events` events: the field, the reason and the original text."""

    field_path: str
    description: str
    code: str
    events: int
    original: str | None


class HitCount(NamedTuple):
    """The number of hits, and of their events by outcome."""

    hits: int
    taken: int
    duplicates: int
    superseded: int
    refused: int
    last_hit_at: datetime

    def plus(self, other: "HitCount") -> "HitCount":
        """Return the sum of both counts, with the later time."""
        sums = (one + more for one, more in zip(self[:5], other[:5], strict=True))
        return HitCount(*sums, last_hit_at=max(self.last_hit_at, other.last_hit_at))


async def is_taking(connection: Connection, tenant_id: UUID, source_id: UUID) -> bool | None:
    """Whether the source accepts hits; None if it has been removed."""
    status = await connection.fetchval(
        "select status from data.source where tenant_id = $1 and source_id = $2", tenant_id, source_id
    )
    return None if status is None else status != "paused"


async def keep_refused(connection: Connection, tenant_id: UUID, source_id: UUID, refused: Sequence[RefusedHit]) -> None:
    """Store refused hits, and delete all but the latest KEPT_REFUSED of the source."""
    await connection.executemany(
        "insert into data.refused_hit (tenant_id, source_id, field_path, description, code, events, original)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [(tenant_id, source_id, *hit) for hit in refused],
    )
    await connection.execute(
        "delete from data.refused_hit where tenant_id = $1 and source_id = $2 and refused_id <= ("
        "select refused_id from data.refused_hit where tenant_id = $1 and source_id = $2"
        " order by refused_id desc offset $3 limit 1)",
        tenant_id,
        source_id,
        KEPT_REFUSED,
    )


async def add_counts(connection: Connection, tenant_id: UUID, counts: dict[UUID, list[HitCount]]) -> None:
    """Add counts to the days on which the hits came; counts of sources that have been removed are dropped."""
    rows = [(source_id, *count) for source_id, listed in counts.items() for count in listed]
    await connection.execute(
        "insert into data.hit_count (tenant_id, source_id, day, hits, taken, duplicates, superseded, refused,"
        " last_hit_at) select $1, c.source_id, (c.last_hit_at at time zone t.time_zone)::date, sum(c.hits),"
        " sum(c.taken), sum(c.duplicates), sum(c.superseded), sum(c.refused), max(c.last_hit_at)"
        " from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],"
        " $8::timestamptz[]) as c (source_id, hits, taken, duplicates, superseded, refused, last_hit_at)"
        " join auth.tenant t on t.tenant_id = $1"
        " join data.source s on s.tenant_id = $1 and s.source_id = c.source_id"
        " group by 2, 3 order by 2, 3"
        " on conflict (tenant_id, source_id, day) do update set hits = hit_count.hits + excluded.hits,"
        " taken = hit_count.taken + excluded.taken, duplicates = hit_count.duplicates + excluded.duplicates,"
        " superseded = hit_count.superseded + excluded.superseded, refused = hit_count.refused + excluded.refused,"
        " last_hit_at = greatest(hit_count.last_hit_at, excluded.last_hit_at)",
        tenant_id,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def latest_day(connection: Connection, tenant_id: UUID, source_id: UUID) -> Any:
    """Return the last day with a hit and its counts, as a row of data.hit_count; None if there never was one."""
    return await connection.fetchrow(
        "select day, hits, taken, duplicates, superseded, refused, last_hit_at from data.hit_count"
        " where tenant_id = $1 and source_id = $2 order by day desc limit 1",
        tenant_id,
        source_id,
    )


async def refused_hits(
    connection: Connection, tenant_id: UUID, source_id: UUID, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of refused hits, latest first, and the number of those kept."""
    rows = await connection.fetch(
        "select refused_at, field_path, description, code, events, original from data.refused_hit"
        " where tenant_id = $1 and source_id = $2 order by refused_id desc limit $3 offset $4",
        *(tenant_id, source_id, page.limit, page.offset),
    )
    total = await connection.fetchval(
        "select count(*) from data.refused_hit where tenant_id = $1 and source_id = $2", tenant_id, source_id
    )
    return [dict(row) for row in rows], int(total or 0)
