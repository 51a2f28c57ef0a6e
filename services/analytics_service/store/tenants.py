"""The tenant's settings, as the auth service stores them."""

from datetime import date
from typing import cast
from uuid import UUID

from common.db import Connection


async def today(connection: Connection, tenant_id: UUID) -> date:
    """Return the current day in the tenant's time zone."""
    day = await connection.fetchval(
        "select (now() at time zone time_zone)::date from auth.tenant where tenant_id = $1", tenant_id
    )
    return cast("date", day)


async def get_currency(connection: Connection, tenant_id: UUID) -> str:
    """Return the tenant's currency (ISO 4217)."""
    code = await connection.fetchval("select upper(currency) from auth.tenant where tenant_id = $1", tenant_id)
    return cast("str", code)


async def today_and_seconds_left(connection: Connection, tenant_id: UUID) -> tuple[date, float]:
    """Return the current day in the tenant's time zone, and the seconds until its midnight."""
    row = await connection.fetchrow(
        "select d.day, extract(epoch from auth.day_start(d.day + 1, t.time_zone) - now())::float8 as seconds"
        " from auth.tenant t cross join lateral (select (now() at time zone t.time_zone)::date as day) d"
        " where t.tenant_id = $1",
        tenant_id,
    )
    day, seconds = cast("tuple[date, float]", row)
    return day, seconds


async def get_week_start(connection: Connection, tenant_id: UUID) -> str:
    """Return the weekday on which the tenant's weeks begin, as `monday`."""
    weekday = await connection.fetchval("select week_start from auth.tenant where tenant_id = $1", tenant_id)
    return cast("str", weekday)
