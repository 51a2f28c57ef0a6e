"""What webhooks point at, until somebody has looked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection


class Delivery(NamedTuple):
    """One delivery: what it is about, and its topic."""

    resource: str
    resource_id: str
    topic: str


class Hint(NamedTuple):
    """A thing to look at, how many deliveries have pointed at it and when the last did.

    `unanswered_at` is when it had been pointed at as the shop did not answer, which it was asked about ever since.
    """

    resource: str
    resource_id: str
    deliveries: int
    last_at: datetime
    unanswered_at: datetime | None


class SealedSecrets(NamedTuple):
    """The sealed secrets of a shop, and its tenant."""

    tenant_id: UUID
    secrets_sealed: str | None


# Stands for a topic where no webhook came.
_BROKE_LIST = "list"
# A sync starts this soon after a webhook, and no more often than that: a busy shop is not asked at every change.
_NEXT = "greatest(now() + interval '2 seconds', last_sync_at + interval '30 seconds')"
# One statement: a shop waits for every way to the database and back.
_RECORD = f"""
    with told as (
        insert into data.webhook_delivery as d (tenant_id, source_id, resource, resource_id, topic, deliveries)
        select $1, $2, n.resource, n.resource_id, n.topic, n.deliveries
        from unnest($3::text[], $4::text[], $5::text[], $6::bigint[]) as n (resource, resource_id, topic, deliveries)
        -- (A source that has just been removed wants none.)
        where exists (select from data.source s where s.tenant_id = $1 and s.source_id = $2)
        order by n.resource, n.resource_id
        on conflict (tenant_id, source_id, resource, resource_id) do update set
            topic = excluded.topic, deliveries = d.deliveries + excluded.deliveries, last_at = excluded.last_at
    )
    update data.source set next_sync_at = {_NEXT}
    where tenant_id = $1 and source_id = $2 and status = 'active' and failures = 0 and next_sync_at > {_NEXT}
"""  # noqa: S608 -- own text


async def sealed_secrets_of(connection: Connection, source_id: UUID) -> SealedSecrets | None:
    """The secrets of the source whose id the webhook's URL names; None if there is no such shop.

    Needs the look-up `webhook` of that source.
    """
    row = await connection.fetchrow(
        "select tenant_id, secrets_sealed from data.source where source_id = $1 and kind = 'woocommerce'", source_id
    )
    return row and SealedSecrets(*row)


async def record_deliveries(
    connection: Connection, tenant_id: UUID, source_id: UUID, deliveries: Sequence[Delivery]
) -> None:
    """Write down what deliveries point at, and have the source read soon; one that is away is left alone."""
    counted: dict[tuple[str, str], tuple[str, int]] = {}
    for delivery in deliveries:
        key = (delivery.resource, delivery.resource_id)
        counted[key] = (delivery.topic, counted.get(key, ("", 0))[1] + 1)
    await connection.execute(
        _RECORD,
        tenant_id,
        source_id,
        [resource for resource, _ in counted],
        [resource_id for _, resource_id in counted],
        [topic for topic, _ in counted.values()],
        [number for _, number in counted.values()],
    )


async def point_at(connection: Connection, tenant_id: UUID, source_id: UUID, resource: str, resource_id: str) -> None:
    """Write down what a list of the shop's broke at, to be looked at as what a webhook points at; or at night again."""
    await connection.execute(
        "insert into data.webhook_delivery as d (tenant_id, source_id, resource, resource_id, topic, deliveries)"
        " values ($1, $2, $3, $4, $5, 1) on conflict (tenant_id, source_id, resource, resource_id)"
        # (Its last webhook may be of long ago.)
        " do update set deliveries = d.deliveries + 1, unanswered_at = now() where d.unanswered_at is null",
        *(tenant_id, source_id, resource, resource_id, _BROKE_LIST),
    )


_HINTS = (
    "select resource, resource_id, deliveries, last_at, unanswered_at from data.webhook_delivery"
    " where tenant_id = $1 and source_id = $2"
)


async def waiting_hints(connection: Connection, tenant_id: UUID, source_id: UUID, most: int) -> list[Hint]:
    """What somebody should look at, at most so many."""
    rows = await connection.fetch(
        f"{_HINTS} and looked_at_delivery < deliveries order by last_at, resource, resource_id limit $3",
        *(tenant_id, source_id, most),
    )
    return [Hint(*row) for row in rows]


async def unanswered_hints(connection: Connection, tenant_id: UUID, source_id: UUID, most: int) -> list[Hint]:
    """What was looked at and not answered, at most so many: of more, each has its turn some time."""
    rows = await connection.fetch(
        f"{_HINTS} and unanswered_at is not null order by random() limit $3",
        *(tenant_id, source_id, most),
    )
    return [Hint(*row) for row in rows]


async def has_unanswered(connection: Connection, tenant_id: UUID, source_id: UUID) -> bool:
    """Whether something was looked at and not answered, or broke a list and was not looked at yet."""
    found: Any = await connection.fetchval(
        f"select exists ({_HINTS} and unanswered_at is not null)"
        f" or exists ({_HINTS} and looked_at_delivery < deliveries and topic = $3)",
        *(tenant_id, source_id, _BROKE_LIST),
    )
    return bool(found)


async def count_unanswered(
    connection: Connection, tenant_id: UUID, source_id: UUID, first: datetime, until: datetime
) -> int:
    """How many things that were pointed at in a range of time were not answered since."""
    number = await connection.fetchval(
        "select count(*) from data.webhook_delivery where tenant_id = $1 and source_id = $2"
        " and unanswered_at >= $3 and unanswered_at < $4",
        *(tenant_id, source_id, first, until),
    )
    return int(number or 0)


async def mark_looked_at(
    connection: Connection, tenant_id: UUID, source_id: UUID, hints: Sequence[Hint], *, is_answered: bool
) -> None:
    """Note that these were looked at; what was pointed at once more meanwhile stays waiting."""
    await connection.execute(
        "update data.webhook_delivery d set"
        " unanswered_at = case when not $7 then coalesce(d.unanswered_at, n.last_at) end,"
        " looked_at_delivery = greatest(d.looked_at_delivery, n.deliveries)"
        " from unnest($3::text[], $4::text[], $5::bigint[], $6::timestamptz[])"
        " as n (resource, resource_id, deliveries, last_at)"
        " where d.tenant_id = $1 and d.source_id = $2 and d.resource = n.resource and d.resource_id = n.resource_id",
        tenant_id,
        source_id,
        *([hint[column] for hint in hints] for column in range(4)),
        is_answered,
    )


async def last_delivery(connection: Connection, tenant_id: UUID, source_id: UUID) -> datetime | None:
    """When the last delivery came that was kept."""
    return await connection.fetchval(
        "select max(last_at) from data.webhook_delivery where tenant_id = $1 and source_id = $2 and topic <> $3",
        *(tenant_id, source_id, _BROKE_LIST),
    )
