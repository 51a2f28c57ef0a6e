"""Scheduling of the daily check: column `check_due_at` of `analytics.rollup_state`."""

from datetime import date
from uuid import UUID

from common.db import Connection, Database


async def due_checks(database: Database) -> list[UUID]:
    """Return the tenants whose day has ended since their last check."""
    async with database.lookup("analytics_refresher") as connection:
        rows = await connection.fetch("select tenant_id from analytics.rollup_state where check_due_at <= now()")
    return [row[0] for row in rows]


async def claim_check(connection: Connection, tenant_id: UUID) -> date | None:
    """Claim the tenant's check: return the day to check, and set the next check due after the next midnight.

    Returns None if another replica was faster, or while the tenant is being refreshed; it does not wait.
    """
    day: date | None = await connection.fetchval(
        "with due as ("
        "select s.tenant_id, t.time_zone, (now() at time zone t.time_zone)::date as today"
        " from analytics.rollup_state s inner join auth.tenant t on t.tenant_id = s.tenant_id"
        " where s.tenant_id = $1 and s.check_due_at <= now() for update of s skip locked)"
        " update analytics.rollup_state s"
        " set check_due_at = auth.day_start(d.today + 1, d.time_zone) + interval '5 minutes'"
        " from due d where s.tenant_id = d.tenant_id returning d.today - 1",
        tenant_id,
    )
    return day


async def close_days(connection: Connection, tenant_id: UUID, last: date) -> None:
    """Close marketing's days up to `last`: from now on, changes of their figures are recorded in figure_change."""
    await connection.execute("select analytics.close_days($1, $2)", tenant_id, last)
