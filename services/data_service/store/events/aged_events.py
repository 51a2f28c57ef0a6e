"""Retention: table `data.retention`, and removing the events that are past a tenant's retention period."""

from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from common.db import Connection, Database
from services.data_service.store.events.record_events import announce_batch
from services.data_service.store.events.staged_event import EVENT_TABLES
from services.data_service.store.events.touched_keys import TOUCHED_COLUMNS, TouchedKeys

DROP_AGED_JOB: Final = "drop-aged-events"
# Always the first of a month, so that a month has all of its events or none.
_FROM: Final = (
    "date_trunc('month', ((now() at time zone t.time_zone)::date - (t.retention ->> 'event_days')::integer)::timestamp)"
    "::date"
)
_NEXT_LOOK: Final = (
    "case when t.retention ->> 'event_days' is not null"
    " then auth.day_start((now() at time zone t.time_zone)::date + 1, t.time_zone) + interval '10 minutes' end"
)


class Aged(NamedTuple):
    """The first day whose events are kept, and when that day began."""

    events_from: date
    events_since: datetime


async def plan_next_look(connection: Connection, tenant_id: UUID) -> None:
    """Schedule the next run after the tenant's next midnight, or never if it set no retention period."""
    await connection.execute(
        f"insert into data.retention (tenant_id, due_at) select t.tenant_id, {_NEXT_LOOK} from auth.tenant t"  # noqa: S608 -- own names
        " where t.tenant_id = $1 on conflict (tenant_id) do update set due_at = excluded.due_at",
        tenant_id,
    )


async def due_tenants(database: Database) -> list[UUID]:
    """The tenants whose run is due, the longest due first."""
    async with database.lookup("due_retention") as connection:
        rows = await connection.fetch("select tenant_id from data.retention where due_at <= now() order by due_at")
    return [row[0] for row in rows]


async def claim_look(connection: Connection, tenant_id: UUID) -> bool:
    """Claim a due run and schedule the next; False if another replica was faster."""
    claimed = await connection.fetchval(
        "select true from data.retention where tenant_id = $1 and due_at <= now() for update skip locked", tenant_id
    )
    if claimed:
        await plan_next_look(connection, tenant_id)
    return bool(claimed)


async def close_to_aged(connection: Connection, tenant_id: UUID) -> None:
    """From now on accept no events past the retention period; waits for transactions that are recording events."""
    await connection.execute(
        "insert into data.retention as r (tenant_id, events_since, closed_at)"  # noqa: S608 -- own names
        f" select t.tenant_id, auth.day_start({_FROM}, t.time_zone), clock_timestamp() from auth.tenant t"
        " where t.tenant_id = $1 on conflict (tenant_id) do update set"
        " events_since = greatest(r.events_since, excluded.events_since), closed_at = case"
        " when r.events_since >= excluded.events_since or excluded.events_since is null then r.closed_at"
        " else clock_timestamp() end",
        tenant_id,
    )


async def waits_for_answers(connection: Connection, tenant_id: UUID) -> bool:
    """Whether a batch recorded before `close_to_aged` is not yet in every answer."""
    return bool(
        await connection.fetchval(
            "select exists (select from data.batch b inner join data.retention r on r.tenant_id = b.tenant_id"
            " where b.tenant_id = $1 and b.refreshed_at is null and b.recorded_at <= r.closed_at)",
            tenant_id,
        )
    )


async def keep_from(connection: Connection, tenant_id: UUID) -> Aged | None:
    """Store the first day whose events are kept; None if the tenant has never set a retention period.

    From then on analytics no longer recomputes figures of earlier days.
    """
    row: Any = await connection.fetchrow(
        # Rounded to the nearest first of a month: the tenant's time zone may have changed since `close_to_aged`.
        "update data.retention r set events_from = greatest(r.events_from, date_trunc('month',"
        " (r.events_since at time zone t.time_zone) + interval '15 days')::date)"
        " from auth.tenant t where t.tenant_id = $1 and r.tenant_id = $1 and r.events_since is not null"
        " returning r.events_from, r.events_since",
        tenant_id,
    )
    return None if row is None else Aged(*row)


async def count_aged(connection: Connection, tenant_id: UUID, before: datetime) -> int:
    """How many events are older than `before`."""
    counts = " + ".join(
        f"(select count(*) from data.{table} where tenant_id = $1 and event_ts < $2)"  # noqa: S608 -- own names
        for table in EVENT_TABLES
    )
    return int(await connection.fetchval(f"select {counts}", tenant_id, before, timeout=600) or 0)


async def drop_aged(
    connection: Connection, tenant_id: UUID, job_id: UUID, before: datetime, limit: int
) -> dict[str, int]:
    """Remove up to `limit` events older than `before`, oldest first, and publish it.

    Returns:
        How many were removed, by table; empty once all are gone.
    """
    touched = TouchedKeys()
    rows = await connection.fetch(
        f"select {TOUCHED_COLUMNS} from data.drop_aged_events($1, $2, $3)",  # noqa: S608 -- own names
        *(tenant_id, before, limit),
    )
    counts = touched.add(rows)
    if keys := touched.keys():
        await announce_batch(connection, tenant_id, uuid4(), job_id, {}, keys)
    return counts
