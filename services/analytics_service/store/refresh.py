"""Running the refresh of a tenant, and finding the tenants that need one."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection, Database

# A full rebuild of a large tenant takes minutes; everything else takes seconds.
_TIMEOUT_SECONDS = 3600


class DirtyTenant(NamedTuple):
    """A tenant with something to refresh, and the seconds until its next run is due (0: now)."""

    tenant_id: UUID
    due_in_seconds: float


class Refreshed(NamedTuple):
    """The result of a run: the batches that all answers now include, and the days (YYYY-MM-DD) that changed.

    `events_analyzed`: the run was so large that it analyzed the event summaries itself.
    """

    batch_ids: list[UUID]
    days: list[str]
    events_analyzed: bool


async def dirty_tenants(database: Database) -> list[DirtyTenant]:
    """Return the tenants with dirty keys, or whose sessions and leads were attributed by older rules.

    An idle tenant is due at once. Else the wait after its last run is 5 times the duration of that run, from 1 to 15
    seconds. The upper bound matters after a rebuild or a run on a busy machine: an import waits for these answers.
    """
    async with database.lookup("analytics_refresher") as connection:
        rows = await connection.fetch(
            "select d.tenant_id, greatest(0, extract(epoch from"
            " r.last_run_at - clock_timestamp()"
            " + greatest(interval '1 s', least(interval '15 s', interval '5 ms' * r.last_run_ms))))::float8"
            " as due_in"
            " from (select k.tenant_id from analytics.dirty_key k"
            " union select s.tenant_id from analytics.rollup_state s"
            " where s.marketing_rules is distinct from (select analytics.marketing_rules())) d"
            " left join analytics.rollup_state r on r.tenant_id = d.tenant_id"
        )
    return [DirtyTenant(row["tenant_id"], row["due_in"] or 0.0) for row in rows]


async def refresh_tenant(connection: Connection, tenant_id: UUID) -> Refreshed | None:
    """Bring the tenant's summaries up to date in the caller's transaction; None if another process is doing so."""
    row = await connection.fetchrow(
        "select batch_ids, days::text[] as days, events_analyzed from analytics.refresh_tenant($1)",
        tenant_id,
        timeout=_TIMEOUT_SECONDS,
    )
    return None if row is None else Refreshed(**row)


async def analyze_if_grown(connection: Connection, tenant_id: UUID, *, but_events: bool = False) -> bool:
    """Analyze the summary tables once the tenant's rows have doubled: without statistics, queries get bad plans.

    `but_events` leaves out the event summaries, which the tenant's run has just analyzed itself. Returns whether it
    analyzed. If another process is analyzing the tables, this is left to the tenant's next run.
    """
    staged = await connection.fetchval(
        "select staged_rows from analytics.rollup_state where tenant_id = $1 and staged_rows > 2 * analyzed_rows + 500",
        tenant_id,
    )
    analyzed = staged is not None and await connection.fetchval(
        "select analytics.try_analyze_summaries($1)", not but_events, timeout=_TIMEOUT_SECONDS
    )
    if analyzed:
        await connection.execute(
            "update analytics.rollup_state set analyzed_rows = $2 where tenant_id = $1", tenant_id, staged
        )
    return bool(analyzed)
