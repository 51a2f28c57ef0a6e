"""Data quality: vendors' flags, unknown fields, rejected lines of files and refused hits."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb
from common.pagination import PageParams

_FLAGGED = (
    "from data.quality_flag f where f.tenant_id = $1 and f.day between $2 and $3"
    " and ($4::uuid is null or f.source_id = $4) and ($5::text is null or f.flag = $5)"
)
# Days of the range that a source has read, in the tenant's zone: since it was connected, and what a backfill brought.
_SHARES = f"""
    with read_days as (
        select s.source_id, d.day::date as day
        from data.source s
        cross join generate_series(
            greatest((s.created_at at time zone $6)::date, $2::date)::timestamp,
            least((s.last_sync_at at time zone $6)::date, $3::date)::timestamp,
            interval '1 day'
        ) d (day)
        where s.tenant_id = $1 and s.last_sync_at is not null
        union
        select p.source_id, d.day::date
        from data.backfill_piece p
        cross join generate_series(
            greatest(p.first_day, $2::date)::timestamp, least(p.last_day, $3::date)::timestamp, interval '1 day'
        ) d (day)
        where p.tenant_id = $1 and p.state = 'done'
        union
        select a.source_id, a.day from data.ad_performance a
        where a.tenant_id = $1 and a.source_id is not null and a.day between $2 and $3
        union
        select c.source_id, c.day from data.channel_day c where c.tenant_id = $1 and c.day between $2 and $3
        union
        select q.source_id, q.day from data.quality_flag q where q.tenant_id = $1 and q.day between $2 and $3
    ),
    read_of as (
        select r.source_id, count(*) as days from read_days r group by r.source_id
    )
    select d.source_id, d.stream, d.flag, d.days, r.days
    from (
        select f.source_id, f.stream, f.flag, count(*) as days {_FLAGGED} group by f.source_id, f.stream, f.flag
    ) d
    join read_of r on r.source_id = d.source_id
    order by d.source_id, d.stream, d.flag
"""  # noqa: S608 -- own text


class FlagFilter(NamedTuple):
    """Which flags to list; both days are included, None matches any."""

    first: date
    last: date
    source_id: UUID | None = None
    flag: str | None = None


class SourceState(NamedTuple):
    """The status of a source."""

    id: UUID
    kind: str
    name: str
    status: str
    reason: str
    last_sync_at: datetime | None
    next_sync_at: datetime | None


class FlaggedDay(NamedTuple):
    """A vendor's flags on its numbers of a day: `{flag: detail}`."""

    source_id: UUID
    stream: str
    day: date
    flags: dict[str, Any]


class FlagShare(NamedTuple):
    """How many of the range's days carry a flag; `of_days` counts the days that the source has read."""

    source_id: UUID
    stream: str
    flag: str
    days: int
    of_days: int


class UnknownField(NamedTuple):
    """A field that a vendor sends and this service does not know."""

    source_id: UUID
    stream: str
    field: str
    first_seen_at: datetime


class RejectingImport(NamedTuple):
    """An import that rejected some of its lines."""

    job_id: UUID
    kind: str
    file: str
    status: str
    rejected: int
    created_at: datetime


class RefusedHits(NamedTuple):
    """What became of the hits of a Measurement Protocol source."""

    source_id: UUID
    hits: int
    taken: int
    duplicates: int
    superseded: int
    refused: int


async def source_states(connection: Connection, tenant_id: UUID) -> list[SourceState]:
    """The tenant's sources by name."""
    rows = await connection.fetch(
        "select source_id, kind, name, status, reason, last_sync_at, next_sync_at from data.source"
        " where tenant_id = $1 order by name, source_id",
        tenant_id,
    )
    return [SourceState(*row) for row in rows]


async def flagged_days(
    connection: Connection, tenant_id: UUID, wanted: FlagFilter, page: PageParams
) -> tuple[list[FlaggedDay], int]:
    """A page of the days with flags, newest first, and how many there are."""
    total = await connection.fetchval(
        f"select count(distinct (f.source_id, f.stream, f.day)) {_FLAGGED}",
        tenant_id,
        *wanted,
    )
    rows = await connection.fetch(
        f"select f.source_id, f.stream, f.day, jsonb_object_agg(f.flag, f.detail) {_FLAGGED}"
        " group by f.source_id, f.stream, f.day order by f.day desc, f.stream, f.source_id limit $6 offset $7",
        tenant_id,
        *wanted,
        page.limit,
        page.offset,
    )
    return [FlaggedDay(*row)._replace(flags=from_jsonb(row[3])) for row in rows], int(total or 0)


async def flag_shares(connection: Connection, tenant_id: UUID, wanted: FlagFilter, time_zone: str) -> list[FlagShare]:
    """For each flag of each stream: how many days of the range carry it, and how many days its source has read."""
    rows = await connection.fetch(_SHARES, tenant_id, *wanted, time_zone)
    return [FlagShare(*row) for row in rows]


async def unknown_fields(connection: Connection, tenant_id: UUID) -> list[UnknownField]:
    """The hundred newest unknown fields."""
    rows = await connection.fetch(
        "select source_id, stream, field, first_seen_at from data.unknown_field where tenant_id = $1"
        " order by first_seen_at desc, source_id, stream, field limit 100",
        tenant_id,
    )
    return [UnknownField(*row) for row in rows]


async def rejecting_imports(
    connection: Connection, tenant_id: UUID, wanted: FlagFilter, time_zone: str
) -> list[RejectingImport]:
    """The hundred newest imports of the range that rejected lines."""
    rows = await connection.fetch(
        "select job_id, substr(kind, length('import.') + 1), coalesce(params ->> 'file', ''), status,"
        " (counts ->> 'rejected')::bigint, created_at from data.job"
        " where tenant_id = $1 and kind like 'import.%' and (counts ->> 'rejected')::bigint > 0"
        " and created_at >= auth.day_start($2, $4) and created_at < auth.day_start($3::date + 1, $4)"
        " order by created_at desc, job_id limit 100",
        tenant_id,
        wanted.first,
        wanted.last,
        time_zone,
    )
    return [RejectingImport(*row) for row in rows]


async def hit_sums(connection: Connection, tenant_id: UUID, wanted: FlagFilter) -> list[RefusedHits]:
    """What became of the range's hits, for each Measurement Protocol source."""
    rows = await connection.fetch(
        "select source_id, sum(hits)::bigint, sum(taken)::bigint, sum(duplicates)::bigint, sum(superseded)::bigint,"
        " sum(refused)::bigint from data.hit_count where tenant_id = $1 and day between $2 and $3"
        " group by source_id order by source_id",
        tenant_id,
        wanted.first,
        wanted.last,
    )
    return [RefusedHits(*row) for row in rows]
