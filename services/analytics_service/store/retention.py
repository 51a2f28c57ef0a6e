"""What leaves by age: what the tenant said, since when rows are kept, and letting them go."""

from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection

# Tables of single days that are exported before they leave, by what their rows are told apart by.
DAILY_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "day_total": ("location_id",),
    "traffic_day": ("channel",),
    "product_day": ("item_key",),
    "lead_channel_day": ("channel",),
    "platform_day": ("platform",),
    "v6_campaign_roi_daily": ("platform", "campaign_ref"),
    "ledger_total": ("platform",),
}


class Ages(NamedTuple):
    """After how many days what leaves; None: it stays."""

    hourly_days: int | None
    daily_days: int | None
    event_days: int | None


class KeptFrom(NamedTuple):
    """The first day of which there is still everything; None: nothing has left."""

    hours: date | None
    days: date | None
    events: date | None


class Due(NamedTuple):
    """Hours and days before these are past their age today; None: they stay."""

    hours: date | None
    days: date | None


async def get_ages(connection: Connection, tenant_id: UUID) -> Ages:
    """As the tenant's settings say."""
    row: Any = await connection.fetchrow(
        "select (retention ->> 'hourly_days')::integer, (retention ->> 'daily_days')::integer,"
        " (retention ->> 'event_days')::integer from auth.tenant where tenant_id = $1",
        tenant_id,
    )
    return Ages(*row)


async def get_kept_from(connection: Connection, tenant_id: UUID) -> KeptFrom:
    """Since when there is everything."""
    row: Any = await connection.fetchrow(
        "select (select r.hours_from from analytics.rollup_state r where r.tenant_id = $1),"
        " (select r.days_from from analytics.rollup_state r where r.tenant_id = $1),"
        " (select e.events_from from data.retention e where e.tenant_id = $1)",
        tenant_id,
    )
    return KeptFrom(*row)


async def get_due(connection: Connection, tenant_id: UUID) -> Due:
    """What is past its age on the tenant's day: hours by days, days by whole months, which are summed from them.

    Of a tenant of whom nothing was ever refreshed nothing is.
    """
    ages = await get_ages(connection, tenant_id)
    row: Any = await connection.fetchrow(
        "select d.today - $2::integer, date_trunc('month', (d.today - $3::integer)::timestamp)::date"
        " from auth.tenant t inner join analytics.rollup_state r on r.tenant_id = t.tenant_id"
        " cross join lateral (select (now() at time zone t.time_zone)::date as today) d where t.tenant_id = $1",
        tenant_id,
        ages.hourly_days,
        ages.daily_days,
    )
    return Due(*row) if row else Due(None, None)


async def hold_figures(connection: Connection, tenant_id: UUID) -> bool:
    """Keep the refresher away until the transaction ends; False where it is at work."""
    held = await connection.fetchval(
        "select true from analytics.rollup_state where tenant_id = $1 for update skip locked", tenant_id
    )
    return held is not None


async def oldest_hours(connection: Connection, tenant_id: UUID, before: date) -> date | None:
    """The first day before this one that has hours."""
    return await connection.fetchval(
        "select least((select min(h.day) from analytics.lead_hour h where h.tenant_id = $1 and h.day < $2),"
        " (select (min(h.hour) at time zone t.time_zone)::date from analytics.traffic_hour h"
        " where h.tenant_id = $1 and h.hour < auth.day_start($2, t.time_zone)))"
        " from auth.tenant t where t.tenant_id = $1",
        tenant_id,
        before,
    )


async def oldest_days(connection: Connection, tenant_id: UUID, before: date) -> date | None:
    """The first day before this one that a table of days has."""
    of_each = ", ".join(
        f"(select min(d.day) from analytics.{table} d where d.tenant_id = $1 and d.day < $2)"  # noqa: S608 -- own names
        for table in DAILY_TABLES
    )
    return await connection.fetchval(f"select least({of_each})", tenant_id, before)


async def drop_before(
    connection: Connection, tenant_id: UUID, *, hours: date | None = None, days: date | None = None
) -> dict[str, int]:
    """Let go what lies before, for good: no refresh brings it back. Gives the rows that went, by table."""
    await connection.execute(
        "update analytics.rollup_state set hours_from = greatest(hours_from, $2), days_from = greatest(days_from, $3)"
        " where tenant_id = $1",
        tenant_id,
        hours,
        days,
    )
    rows = await connection.fetch(
        "select table_name, gone from analytics.drop_before("
        "$1, (select time_zone from auth.tenant where tenant_id = $1), $2, $3)",
        tenant_id,
        hours,
        days,
    )
    return {row["table_name"]: row["gone"] for row in rows}
