"""A tenant's series by day and by hour, and up to when its sources have reported them.

The series come from the SQL functions `insights.get_daily_series`, `get_hourly_series` and `get_part_hours`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from common.db import Connection

# The number of a tenant's largest series that are read.
MOST_SERIES = 100
# The largest number of leads counted for the days of branches and products, which takes some tenths of a second.
_MOST_LEADS = 200_000
# The largest number of visits, orders and leads counted for hours that are not stored as sums, likewise.
_MOST_ROWS = 600_000
_LARGEST = "select metric, dimension, member_id, member_name, array_send(places), array_send(amounts), is_part from {}"
# The binary format of a Postgres array: five integers (number of dimensions, flags, type, length, lower bound), then
# each element after its length in bytes.
_ARRAY_HEADER_BYTES = 20
_PLACES, _AMOUNTS = np.dtype([("bytes", ">i4"), ("value", ">i4")]), np.dtype([("bytes", ">i4"), ("value", ">f8")])
_PART_HOURS = """
with row_counts as (
    select t.day, t.sessions + t.purchases as rows from analytics.day_total t
    where t.tenant_id = $1 and t.location_id = '' and t.day between $3 and $4
    union all
    select t.day, t.leads from analytics.lead_channel_day t where t.tenant_id = $1 and t.day between $3 and $4
),
countable as (
    select coalesce(max(d.day) filter (where d.so_far > $7) + 1, $3) as since
    from (select t.day, sum(sum(t.rows)) over (order by t.day desc) as so_far from row_counts t group by t.day) d
)
select p.*, false as is_part,
    floor(extract(epoch from auth.day_start(c.since, t.time_zone) - $2) / 3600)::integer as since
from auth.tenant t
cross join countable c
cross join lateral insights.get_part_hours(t.tenant_id, $2, c.since, $4, $5, $6) p
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
    """A series: one metric of one member of a dimension (`company` has one member, ''), as amounts at places.

    A place is a number of steps of the grain since the first step that was read. Places are in any order, and a step
    without a place is 0. NaN and the steps before `since` are unknown. `is_part` marks a series that is not among the
    largest, but is a part of a ratio of those.
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
    """A source that was read: its kind, when it was last read completely, and its status.

    `platforms` are those whose campaigns it synchronizes, and `zones` the time zones of these platforms' accounts.
    """

    kind: str
    last_sync_at: datetime
    status: str = "active"
    platforms: Sequence[str] = ()
    zones: Sequence[str] = ()


class Coverage(NamedTuple):
    """The tenant's time zone, country, currency and chosen language, and what its figures cover.

    `told_until` is the time up to which everything that had arrived is counted. `hours_from` and `days_from` are the
    first days whose hours and days have not been deleted by age. `roads` holds, for each day, the source of
    its visits: 1 for the GA4 export, 2 for the Data API, 3 for the Measurement Protocol.
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
    """Read the largest series by day, the company's first; `until` is exclusive.

    Leads of branches and products are counted one by one, so they cover only as many last days as `most_leads` allow.
    """
    rows = await connection.fetch(
        _LARGEST.format("insights.get_daily_series($1, $2, $3, $4, $5)"), tenant_id, since, until, most, most_leads
    )
    return [_series_row(row) for row in rows]


async def get_hourly_series(
    connection: Connection, tenant_id: UUID, since: datetime, until: datetime, most: int = MOST_SERIES
) -> list[SeriesRow]:
    """Read the largest series of the company and its channels by hour; `until` is exclusive."""
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
    """Read hourly series of branches and campaigns that have at least `an_hour` events an hour.

    They cover the tenant's days from `since` to `until`, both included, but only as many last days as `most_rows`
    allow. Places are counted from `begin`, an earlier midnight.
    """
    rows = await connection.fetch(_PART_HOURS, tenant_id, begin, since, until, an_hour, most, most_rows)
    return [SeriesRow(*row) for row in rows]


def _series_row(row: Any) -> SeriesRow:
    """Decode a row whose arrays are in binary form: decoding one number at a time takes as long as the query."""
    places, amounts = (
        np.frombuffer(sent, dtype, offset=_ARRAY_HEADER_BYTES)["value"]
        for sent, dtype in ((row[4], _PLACES), (row[5], _AMOUNTS))
    )
    metric, dimension, member_id, member_name = row[:4]
    return SeriesRow(
        *(metric, dimension, member_id, member_name, places.astype(np.int64), amounts.astype(np.float64), row[6])
    )


async def get_coverage(connection: Connection, tenant_id: UUID) -> Coverage:
    """Return what the tenant's figures cover: all up to now, or up to the last run if rows wait to be counted."""
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
