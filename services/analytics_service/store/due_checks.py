"""When a tenant's yesterday is checked: column `check_due_at` of `analytics.rollup_state`."""

from datetime import date
from uuid import UUID

from common.db import Connection, Database


async def due_checks(database: Database) -> list[UUID]:
    """Tenants whose day has ended since the last check."""
    async with database.lookup("analytics_refresher") as connection:
        rows = await connection.fetch("select tenant_id from analytics.rollup_state where check_due_at <= now()")
    return [row[0] for row in rows]


async def claim_check(connection: Connection, tenant_id: UUID) -> date | None:
    """The day to check, and the next check is due after the next midnight; None where another replica was faster.

    Waits for nobody: while the tenant is being refreshed it is not claimed.
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
    """Take the days of marketing until this one for complete: what changes of them is noted from now on."""
    await connection.execute("select analytics.close_days($1, $2)", tenant_id, last)
