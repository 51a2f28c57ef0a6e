"""Tickets: PgQueuer's rows, one for each attempt at a job or step of one, written in the caller's transaction."""

from datetime import timedelta
from functools import cache
from uuid import UUID

import msgspec
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import AsyncpgDriver, Driver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel
from pgqueuer.queries import Queries

from common.db import Connection
from common.jobs.lanes import entrypoint_of


class QueueTicket(msgspec.Struct):
    """The payload of a PgQueuer row, which identifies the job."""

    tenant_id: UUID
    job_id: UUID


@cache
def queue_settings(service: str) -> DBSettings:
    """Return PgQueuer's settings for one service: its tables are in the service's schema, and it has its own channel.

    Cached, because the settings search the whole environment for values, which takes longer than queueing a job.
    """
    return DBSettings(db_schema=service, channel=Channel(f"pgq_{service}"))


def queue_queries(driver: Driver, service: str) -> Queries:
    """Return PgQueuer's statements for the queue of one service."""
    settings = queue_settings(service)
    return Queries(
        driver, QueryBuilderEnvironment(settings), QueryQueueBuilder(settings), QuerySchedulerBuilder(settings)
    )


async def new_ticket(
    connection: Connection,
    service: str,
    ticket: QueueTicket,
    kind: str,
    *,
    after: timedelta | None = None,
    first: bool = False,
) -> int:
    """Queue a ticket and return its id. It becomes valid when the caller sets the job's `queue_id` to that id.

    It is queued behind the waiting tickets, or in front of them with `first`.
    """
    # The proxy from the pool behaves like a connection, but does not have its type.
    queries = queue_queries(AsyncpgDriver(connection), service)  # pyright: ignore[reportArgumentType]
    payload = msgspec.json.encode(ticket)
    (queue_id,) = await queries.enqueue(entrypoint_of(kind), payload, priority=int(first), execute_after=after)
    return int(queue_id)


async def queue_again(
    connection: Connection,
    service: str,
    ticket: QueueTicket,
    kind: str,
    *,
    after: timedelta | None = None,
    first: bool = False,
) -> None:
    """Replace a job's ticket by a new one, queued behind the waiting tickets, or in front of them with `first`.

    A worker that still holds the old ticket can no longer write to the job (common/jobs/lives.py). The old row is
    deleted at once, which frees its slot. PgQueuer ignores rows that no longer exist.
    """
    queue_id = await new_ticket(connection, service, ticket, kind, after=after, first=first)
    await connection.execute(
        f"with gone as (delete from {service}.pgqueuer q using {service}.job j"  # noqa: S608 -- own names
        "  where j.tenant_id = $1 and j.job_id = $2 and q.id = j.queue_id)"
        f" update {service}.job set status = 'queued', queue_id = $3 where tenant_id = $1 and job_id = $2",
        ticket.tenant_id,
        ticket.job_id,
        queue_id,
    )
