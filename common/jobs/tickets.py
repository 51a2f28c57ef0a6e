"""Tickets: the rows of PgQueuer, one for each attempt at a job or step of it, made in the caller's transaction."""

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
    """What PgQueuer carries: whose job it is, and which."""

    tenant_id: UUID
    job_id: UUID


@cache
def queue_settings(service: str) -> DBSettings:
    """PgQueuer's objects of one service: in its schema, with a channel of its own.

    Made once: they look for themselves in the whole environment, which takes longer than to queue a job.
    """
    return DBSettings(db_schema=service, channel=Channel(f"pgq_{service}"))


def queue_queries(driver: Driver, service: str) -> Queries:
    """PgQueuer's statements on one service's queue."""
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
    """Queue a ticket and give its id, which only `queue_id` of the job makes the one that counts."""
    # The pool's proxy is a connection in all but its type.
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
    """Give a job a new ticket, behind those that wait (`first`: before them), in the place of the one it had.

    Whoever began with an earlier one is fenced from now on (common/jobs/lives.py). The old row goes at once, and its
    slot with it: PgQueuer takes no notice of a row that is gone.
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
