"""Store and read the dead letters of a service: the events that its consumers gave up."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from common.db import Connection
from common.events.envelope import RawEvent
from common.pagination import PageParams

_MATCHING = (
    "l.tenant_id = $1 and ($2::text is null or starts_with(l.cause, $2)) and ($3::text is null or l.event_type = $3)"
)
_MOST_CAUSES = 50
_MAX_CAUSE = 2000


class DeadLetter(NamedTuple):
    """An event that a consumer gave up. `attempts` counts deliveries and replays; `payload` is JSON text."""

    dead_letter_id: UUID
    consumer: str
    event_id: UUID
    event_type: str
    occurred_at: datetime
    request_id: str
    trace_id: str
    payload: str
    cause: str
    attempts: int
    first_failed_at: datetime
    failed_at: datetime

    def event(self, tenant_id: UUID) -> RawEvent:
        """Return the event as it was delivered."""
        return RawEvent(
            id=self.event_id,
            type=self.event_type,
            tenant_id=tenant_id,
            occurred_at=self.occurred_at,
            request_id=self.request_id,
            trace_id=self.trace_id,
            data=msgspec.Raw(self.payload.encode()),
        )


class Cause(NamedTuple):
    """The dead letters of one event type that failed with the same message."""

    cause: str
    event_type: str
    letters: int
    first_failed_at: datetime
    failed_at: datetime


class LetterFilter(NamedTuple):
    """Selects dead letters; None matches any. `cause` is a prefix of the cause."""

    cause: str | None = None
    event_type: str | None = None


_COLUMNS = (
    "l.dead_letter_id, l.consumer, l.event_id, l.event_type, l.occurred_at, l.request_id, l.trace_id, l.payload,"
    " l.cause, l.deliveries, l.first_failed_at, l.failed_at"
)


async def list_letters(
    connection: Connection, service: str, tenant_id: UUID, wanted: LetterFilter, page: PageParams
) -> list[DeadLetter]:
    """Return a page of the tenant's dead letters, the earliest failures first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from {service}.dead_letter l where {_MATCHING}"  # noqa: S608 -- likewise
        " order by l.first_failed_at, l.dead_letter_id limit $4 offset $5",
        tenant_id,
        *wanted,
        page.limit,
        page.offset,
    )
    return [DeadLetter(*row) for row in rows]


async def count_letters(connection: Connection, service: str, tenant_id: UUID, wanted: LetterFilter) -> int:
    """Count the tenant's dead letters that match the filter."""
    total = await connection.fetchval(
        f"select count(*) from {service}.dead_letter l where {_MATCHING}",  # noqa: S608 -- likewise
        tenant_id,
        *wanted,
    )
    return int(total or 0)


async def count_dead_letters(connection: Connection, service: str) -> list[tuple[str, int]]:
    """Count the dead letters by event type, over all tenants."""
    rows = await connection.fetch(f"select event_type, letters from {service}.count_dead_letters()")  # noqa: S608 -- likewise
    return [(row[0], row[1]) for row in rows]


async def list_causes(connection: Connection, service: str, tenant_id: UUID, wanted: LetterFilter) -> list[Cause]:
    """Return the causes of the matching dead letters, the most frequent first, at most 50."""
    rows = await connection.fetch(
        "select l.cause, l.event_type, count(*), min(l.first_failed_at), max(l.failed_at)"  # noqa: S608 -- likewise
        f" from {service}.dead_letter l where {_MATCHING}"
        f" group by 1, 2 order by 3 desc, 1, 2 limit {_MOST_CAUSES}",
        tenant_id,
        *wanted,
    )
    return [Cause(*row) for row in rows]


async def ids_of(connection: Connection, service: str, tenant_id: UUID, wanted: LetterFilter, most: int) -> list[UUID]:
    """Return the ids of matching letters, the least recently tried first, so that each of them gets its turn."""
    rows = await connection.fetch(
        f"select l.dead_letter_id from {service}.dead_letter l where {_MATCHING}"  # noqa: S608 -- likewise
        " order by l.failed_at, l.dead_letter_id limit $4",
        tenant_id,
        *wanted,
        most,
    )
    return [row[0] for row in rows]


async def hold_letter(connection: Connection, service: str, tenant_id: UUID, letter_id: UUID) -> DeadLetter | None:
    """Lock and return a letter, which nobody else can replay until the transaction ends."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from {service}.dead_letter l"  # noqa: S608 -- likewise
        " where l.tenant_id = $1 and l.dead_letter_id = $2 for update",
        tenant_id,
        letter_id,
    )
    return None if row is None else DeadLetter(*row)


async def note_failure(connection: Connection, service: str, tenant_id: UUID, letter_id: UUID, cause: str) -> None:
    """Record that a replay failed, and the cause."""
    await connection.execute(
        f"update {service}.dead_letter set cause = $3, deliveries = deliveries + 1, failed_at = now()"  # noqa: S608 -- likewise
        " where tenant_id = $1 and dead_letter_id = $2",
        tenant_id,
        letter_id,
        cause[:_MAX_CAUSE],
    )


async def bury(
    connection: Connection, service: str, consumer: str, event: RawEvent, cause: str, deliveries: int
) -> None:
    """Store an event that a consumer gave up. If it is stored already, the time of the first failure is kept."""
    await connection.execute(
        f"insert into {service}.dead_letter"  # noqa: S608 -- likewise
        " (tenant_id, consumer, event_id, event_type, occurred_at, request_id, trace_id, payload, cause, deliveries)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (tenant_id, consumer, event_id)"
        " do update set cause = excluded.cause, deliveries = excluded.deliveries, failed_at = excluded.failed_at",
        event.tenant_id,
        consumer,
        event.id,
        event.type,
        event.occurred_at,
        event.request_id,
        event.trace_id,
        bytes(event.data).decode(errors="replace"),
        cause[:_MAX_CAUSE],
        deliveries,
    )
