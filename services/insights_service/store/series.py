"""insights.get_daily_series and get_hourly_series, and how far they are told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from common.db import Connection

# A tenant's series: its largest.
MOST_SERIES = 100
# Leads that are counted for a company's days, in some tenths of a second.
_MOST_LEADS = 200_000
# Visits, orders and leads that are counted for hours that nobody keeps, likewise.
_MOST_ROWS = 600_000
_LARGEST = "select metric, dimension, member_id, member_name, array_send(places), array_send(amounts), is_part from {}"
# An array as it is sent: number of dimensions, flags, type, length, first place; then each element and how long it is.
_OF_ARRAY = 20
_PLACES, _AMOUNTS = np.dtype([("bytes", ">i4"), ("value", ">i4")]), np.dtype([("bytes", ">i4"), ("value", ">f8")])
_PART_HOURS = """
with so_many as (
    select t.day, t.sessions + t.purchases as rows from analytics.day_total t
    where t.tenant_id = $1 and t.location_id = '' and t.day between $3 and $4
    union all
    select t.day, t.leads from analytics.lead_channel_day t where t.tenant_id = $1 and t.day between $3 and $4
),
kept as (
    select coalesce(max(d.day) filter (where d.so_far > $7) + 1, $3) as since
    from (select t.day, sum(sum(t.rows)) over (order by t.day desc) as so_far from so_many t group by t.day) d
)
select p.*, false as is_part,
    floor(extract(epoch from auth.day_start(k.since, t.time_zone) - $2) / 3600)::integer as since
from auth.tenant t
cross join kept k
cross join lateral insights.get_part_hours(t.tenant_id, $2, k.since, $4, $5, $6) p
where t.tenant_id = $1
"""
_SOURCES = """
select s.kind, s.last_sync_at, s.status, p.platforms,
    array(
        select distinct a.time_zone from data.ad_account a
        where a.tenant_id = $1 and a.platform = any(p.platforms) order by a.time_zone
    ) as zones
from data.source s
cross join lateral (
    select array(
        select distinct c.platform from data.campaign c
        where c.tenant_id = $1 and c.source_id = s.source_id order by c.platform
    ) as platforms
) p
where s.tenant_id = $1 and s.last_sync_at is not null
order by s.kind, s.last_sync_at
"""


class SeriesRow(NamedTuple):
    """One metric of one member of a dimension (`company` has one, ''): amounts at places, in steps of the grain.

    Places are counted from where was read from, in any order; a step without one had nothing. NaN: not known, as are
    the steps before `since`. `is_part`: not among the largest, but ratios of these are made of it.
    """

    metric: str
    dimension: str
    member_id: str
    member_name: str
    places: list[int] | NDArray[np.int64]
    amounts: list[float] | NDArray[np.float64]
    is_part: bool = False
    since: int = 0


class SourceState(NamedTuple):
    """A source that was read: what it is, when all that it had was read last, and how it fares.

    `platforms` are those whose campaigns it keeps in step, `zones` the clocks by which these platforms' days begin.
    """

    kind: str
    last_sync_at: datetime
    status: str = "active"
    platforms: Sequence[str] = ()
    zones: Sequence[str] = ()


class Coverage(NamedTuple):
    """The tenant's clock, place and the language it chose, and how far its figures are complete.

    `told_until` is when all that had come was in the figures, `hours_from` and `days_from` are where single hours and
    days begin that have not left by age. `roads` says by which road the visits of a day came, of days that one has.
    """

    time_zone: str
    country: str | None
    currency: str
    told_until: datetime | None
    hours_from: date | None
    days_from: date | None
    sources: list[SourceState]
    roads: Mapping[date, int] = {}
    language: str | None = None


async def get_daily_series(
    connection: Connection,
    tenant_id: UUID,
    since: date,
    until: date,
    most: int = MOST_SERIES,
    most_leads: int = _MOST_LEADS,
) -> list[SeriesRow]:
    """The largest series by the day, the company's first; `until` is exclusive.

    Leads of branches and products, which are counted one by one, are of the last days on which `most_leads` lie.
    """
    rows = await connection.fetch(
        _LARGEST.format("insights.get_daily_series($1, $2, $3, $4, $5)"), tenant_id, since, until, most, most_leads
    )
    return [_series_row(row) for row in rows]


async def get_hourly_series(
    connection: Connection, tenant_id: UUID, since: datetime, until: datetime, most: int = MOST_SERIES
) -> list[SeriesRow]:
    """The same by the hour, of the company and its channels."""
    rows = await connection.fetch(
        _LARGEST.format("insights.get_hourly_series($1, $2, $3, $4)"), tenant_id, since, until, most
    )
    return [_series_row(row) for row in rows]


async def get_part_hours(
    connection: Connection,
    tenant_id: UUID,
    begin: datetime,
    since: date,
    until: date,
    an_hour: float,
    most: int,
    most_rows: int = _MOST_ROWS,
) -> list[SeriesRow]:
    """The same of branches and campaigns with so many an hour; of days of the tenant, `until` the last of them.

    Places are counted from `begin`, an earlier midnight. Of a company whose days hold more rows than `most_rows` they
    are of the last days on which so many lie.
    """
    rows = await connection.fetch(_PART_HOURS, tenant_id, begin, since, until, an_hour, most, most_rows)
    return [SeriesRow(*row) for row in rows]


def _series_row(row: Any) -> SeriesRow:
    """A row with its arrays as they were sent: a number at a time they take as long as reading them."""
    places, amounts = (
        np.frombuffer(sent, of, offset=_OF_ARRAY)["value"] for sent, of in ((row[4], _PLACES), (row[5], _AMOUNTS))
    )
    metric, dimension, member_id, member_name = row[:4]
    return SeriesRow(
        *(metric, dimension, member_id, member_name, places.astype(np.int64), amounts.astype(np.float64), row[6])
    )


async def get_coverage(connection: Connection, tenant_id: UUID) -> Coverage:
    """How far what is read is complete: up to now, or up to the last run where rows wait to be counted."""
    row: Any = await connection.fetchrow(
        "select t.time_zone, t.country, upper(t.currency) as currency, s.language, r.hours_from, r.days_from,"
        " case when exists (select from analytics.dirty_key k where k.tenant_id = $1) then r.last_run_at else now() end"
        " as told_until"
        " from auth.tenant t left join analytics.rollup_state r on r.tenant_id = $1"
        " left join insights.alert_setting s on s.tenant_id = $1 where t.tenant_id = $1",
        tenant_id,
    )
    sources = await connection.fetch(_SOURCES, tenant_id)
    roads = await connection.fetch(
        "select day, min(road) from data.road_day where tenant_id = $1 and starts_at > now() - interval '402 days'"
        " group by day",
        tenant_id,
    )
    return Coverage(
        row["time_zone"],
        row["country"],
        row["currency"],
        row["told_until"],
        row["hours_from"],
        row["days_from"],
        [SourceState(*source) for source in sources],
        dict(roads),
        row["language"],
    )
