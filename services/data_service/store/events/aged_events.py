"""Events that leave by age: table `data.retention`, and letting them go."""

from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from common.db import Connection, Database
from services.data_service.store.events.record_events import announce_batch
from services.data_service.store.events.staged_event import EVENT_TABLES
from services.data_service.store.events.touched_keys import TOUCHED_COLUMNS, TouchedKeys

DROP_AGED_JOB: Final = "drop-aged-events"
# The first of a month, so that every month has all of its events or none.
_FROM: Final = (
    "date_trunc('month', ((now() at time zone t.time_zone)::date - (t.retention ->> 'event_days')::integer)::timestamp)"
    "::date"
)
_NEXT_LOOK: Final = (
    "case when t.retention ->> 'event_days' is not null"
    " then auth.day_start((now() at time zone t.time_zone)::date + 1, t.time_zone) + interval '10 minutes' end"
)


class Aged(NamedTuple):
    """The first day whose events are kept, and when it began."""

    events_from: date
    events_since: datetime


async def plan_next_look(connection: Connection, tenant_id: UUID) -> None:
    """Look after the tenant's next midnight, or never where its events stay."""
    await connection.execute(
        f"insert into data.retention (tenant_id, due_at) select t.tenant_id, {_NEXT_LOOK} from auth.tenant t"  # noqa: S608 -- own names
        " where t.tenant_id = $1 on conflict (tenant_id) do update set due_at = excluded.due_at",
        tenant_id,
    )


async def due_tenants(database: Database) -> list[UUID]:
    """Tenants whose day has ended since the last look, the longest due first."""
    async with database.lookup("due_retention") as connection:
        rows = await connection.fetch("select tenant_id from data.retention where due_at <= now() order by due_at")
    return [row[0] for row in rows]


async def claim_look(connection: Connection, tenant_id: UUID) -> bool:
    """Whether it is still to be looked; then the next is planned. Another replica may have been faster."""
    claimed = await connection.fetchval(
        "select true from data.retention where tenant_id = $1 and due_at <= now() for update skip locked", tenant_id
    )
    if claimed:
        await plan_next_look(connection, tenant_id)
    return bool(claimed)


async def close_to_aged(connection: Connection, tenant_id: UUID) -> None:
    """Take no events any more that are past the tenant's age of today; waits for who is taking some in."""
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
    """Whether something that was recorded before that is not in every answer yet."""
    return bool(
        await connection.fetchval(
            "select exists (select from data.batch b inner join data.retention r on r.tenant_id = b.tenant_id"
            " where b.tenant_id = $1 and b.refreshed_at is null and b.recorded_at <= r.closed_at)",
            tenant_id,
        )
    )


async def keep_from(connection: Connection, tenant_id: UUID) -> Aged | None:
    """Note since when events are kept; None: they stay, and none have left.

    From then on analytics leaves the figures that were made of older ones as they are.
    """
    row: Any = await connection.fetchrow(
        # (To the nearest first of a month: the tenant's clock may be another one than when the door was closed.)
        "update data.retention r set events_from = greatest(r.events_from, date_trunc('month',"
        " (r.events_since at time zone t.time_zone) + interval '15 days')::date)"
        " from auth.tenant t where t.tenant_id = $1 and r.tenant_id = $1 and r.events_since is not null"
        " returning r.events_from, r.events_since",
        tenant_id,
    )
    return None if row is None else Aged(*row)


async def count_aged(connection: Connection, tenant_id: UUID, before: datetime) -> int:
    """How many events there are from before."""
    counts = " + ".join(
        f"(select count(*) from data.{table} where tenant_id = $1 and event_ts < $2)"  # noqa: S608 -- own names
        for table in EVENT_TABLES
    )
    return int(await connection.fetchval(f"select {counts}", tenant_id, before, timeout=600) or 0)


async def drop_aged(
    connection: Connection, tenant_id: UUID, job_id: UUID, before: datetime, limit: int
) -> dict[str, int]:
    """Remove some of the oldest from before, and tell of them; gives how many by table, none once all are gone."""
    touched = TouchedKeys()
    rows = await connection.fetch(
        f"select {TOUCHED_COLUMNS} from data.drop_aged_events($1, $2, $3)",  # noqa: S608 -- own names
        *(tenant_id, before, limit),
    )
    counts = touched.add(rows)
    if keys := touched.keys():
        await announce_batch(connection, tenant_id, uuid4(), job_id, {}, keys)
    return counts
