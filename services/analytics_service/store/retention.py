"""Retention by age: the tenant's settings, from when on data is complete, and dropping what is past its age."""

from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection

# The daily tables that are exported before their days are dropped, with the columns that identify a row of a day.
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
    """The age in days after which hours, days and events are dropped; None: they are kept."""

    hourly_days: int | None
    daily_days: int | None
    event_days: int | None


class KeptFrom(NamedTuple):
    """The first day with complete data; None: nothing was dropped."""

    hours: date | None
    days: date | None
    events: date | None


class Due(NamedTuple):
    """Hours and days before these dates are past their age today; None: they are kept."""

    hours: date | None
    days: date | None


async def get_ages(connection: Connection, tenant_id: UUID) -> Ages:
    """Return the ages in the tenant's settings."""
    row: Any = await connection.fetchrow(
        "select (retention ->> 'hourly_days')::integer, (retention ->> 'daily_days')::integer,"
        " (retention ->> 'event_days')::integer from auth.tenant where tenant_id = $1",
        tenant_id,
    )
    return Ages(*row)


async def get_kept_from(connection: Connection, tenant_id: UUID) -> KeptFrom:
    """Return from when on data is complete."""
    row: Any = await connection.fetchrow(
        "select (select r.hours_from from analytics.rollup_state r where r.tenant_id = $1),"
        " (select r.days_from from analytics.rollup_state r where r.tenant_id = $1),"
        " (select e.events_from from data.retention e where e.tenant_id = $1)",
        tenant_id,
    )
    return KeptFrom(*row)


async def get_due(connection: Connection, tenant_id: UUID) -> Due:
    """Return what is past its age on the tenant's current day.

    Hours are due by the day, days by whole months, because months are summed from their days. Nothing is due for a
    tenant that was never refreshed.
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
    """Keep the refresher from the tenant until the transaction ends; return False if it is working on the tenant."""
    held = await connection.fetchval(
        "select true from analytics.rollup_state where tenant_id = $1 for update skip locked", tenant_id
    )
    return held is not None


async def oldest_hours(connection: Connection, tenant_id: UUID, before: date) -> date | None:
    """Return the first day before `before` that has hourly rows."""
    return await connection.fetchval(
        "select least((select min(h.day) from analytics.lead_hour h where h.tenant_id = $1 and h.day < $2),"
        " (select (min(h.hour) at time zone t.time_zone)::date from analytics.traffic_hour h"
        " where h.tenant_id = $1 and h.hour < auth.day_start($2, t.time_zone)))"
        " from auth.tenant t where t.tenant_id = $1",
        tenant_id,
        before,
    )


async def oldest_days(connection: Connection, tenant_id: UUID, before: date) -> date | None:
    """Return the first day before `before` that a daily table has."""
    oldest_of_each = ", ".join(
        f"(select min(d.day) from analytics.{table} d where d.tenant_id = $1 and d.day < $2)"  # noqa: S608 -- own names
        for table in DAILY_TABLES
    )
    return await connection.fetchval(f"select least({oldest_of_each})", tenant_id, before)


async def drop_before(
    connection: Connection, tenant_id: UUID, *, hours: date | None = None, days: date | None = None
) -> dict[str, int]:
    """Drop hours and days before these dates for good: no refresh restores them. Return the dropped rows by table."""
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
