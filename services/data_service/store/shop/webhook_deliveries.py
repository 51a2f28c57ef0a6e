"""What webhooks point at, until it was read from the shop."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection


class Delivery(NamedTuple):
    """One webhook delivery: its object's id and its topic."""

    resource: str
    resource_id: str
    topic: str


class Hint(NamedTuple):
    """An object to read, how many deliveries pointed at it, and when the last one did.

    `unanswered_at` is set if the shop did not answer: the time of the delivery it was then read for.
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


# Used as the topic where there was no webhook.
_BROKE_LIST = "list"
# A sync starts this soon after a webhook, and no more often than that: a busy shop is not asked at every change.
_NEXT = "greatest(now() + interval '2 seconds', last_sync_at + interval '30 seconds')"
# One statement, because the shop waits for each round trip.
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
    """Store what deliveries point at and schedule the source soon, unless it is unavailable."""
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
    """Store the object at which a list of the shop failed, to be read like a webhook's, or again at night."""
    await connection.execute(
        "insert into data.webhook_delivery as d (tenant_id, source_id, resource, resource_id, topic, deliveries)"
        " values ($1, $2, $3, $4, $5, 1) on conflict (tenant_id, source_id, resource, resource_id)"
        # The shop's last webhook may be long ago.
        " do update set deliveries = d.deliveries + 1, unanswered_at = now() where d.unanswered_at is null",
        *(tenant_id, source_id, resource, resource_id, _BROKE_LIST),
    )


_HINTS = (
    "select resource, resource_id, deliveries, last_at, unanswered_at from data.webhook_delivery"
    " where tenant_id = $1 and source_id = $2"
)


async def waiting_hints(connection: Connection, tenant_id: UUID, source_id: UUID, most: int) -> list[Hint]:
    """Hints that wait, at most `limit`."""
    rows = await connection.fetch(
        f"{_HINTS} and looked_at_delivery < deliveries order by last_at, resource, resource_id limit $3",
        *(tenant_id, source_id, most),
    )
    return [Hint(*row) for row in rows]


async def unanswered_hints(connection: Connection, tenant_id: UUID, source_id: UUID, most: int) -> list[Hint]:
    """Hints that the shop did not answer, at most `limit`, chosen so that each has its turn."""
    rows = await connection.fetch(
        f"{_HINTS} and unanswered_at is not null order by random() limit $3",
        *(tenant_id, source_id, most),
    )
    return [Hint(*row) for row in rows]


async def has_unanswered(connection: Connection, tenant_id: UUID, source_id: UUID) -> bool:
    """Whether there are hints that the shop did not answer, or a failed list left that were not read yet."""
    found: Any = await connection.fetchval(
        f"select exists ({_HINTS} and unanswered_at is not null)"
        f" or exists ({_HINTS} and looked_at_delivery < deliveries and topic = $3)",
        *(tenant_id, source_id, _BROKE_LIST),
    )
    return bool(found)


async def count_unanswered(
    connection: Connection, tenant_id: UUID, source_id: UUID, first: datetime, until: datetime
) -> int:
    """How many hints of a time range are still unanswered."""
    number = await connection.fetchval(
        "select count(*) from data.webhook_delivery where tenant_id = $1 and source_id = $2"
        " and unanswered_at >= $3 and unanswered_at < $4",
        *(tenant_id, source_id, first, until),
    )
    return int(number or 0)


async def mark_looked_at(
    connection: Connection, tenant_id: UUID, source_id: UUID, hints: Sequence[Hint], *, is_answered: bool
) -> None:
    """Mark hints as read; those pointed at again meanwhile keep waiting."""
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
    """When the last stored delivery arrived."""
    return await connection.fetchval(
        "select max(last_at) from data.webhook_delivery where tenant_id = $1 and source_id = $2 and topic <> $3",
        *(tenant_id, source_id, _BROKE_LIST),
    )
