"""Noting what changed and is not in the summaries yet: table `analytics.dirty_key`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from common.db import Connection
from common.events.contracts.data_batch_recorded import BatchKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def mark_batch(connection: Connection, tenant_id: UUID, batch_id: UUID, keys: Sequence[BatchKey]) -> None:
    """The batch's devices and users, each with its span; a batch without rows is still to be told as refreshed."""
    devices, users, firsts, lasts = zip(*keys, strict=True) if keys else ((None,), (None,), (None,), (None,))
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id, user_pseudo_id, user_id, min_ts, max_ts)"
        " select $1, $2, k.device, k.user_id, k.min_ts, k.max_ts"
        " from unnest($3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])"
        " as k (device, user_id, min_ts, max_ts)",
        tenant_id,
        batch_id,
        devices,
        users,
        [_instant(us) for us in firsts],
        [_instant(us) for us in lasts],
    )


async def mark_homes(connection: Connection, tenant_id: UUID, batch_id: UUID | None, user_ids: Sequence[str]) -> None:
    """Users whose home location may be another one now, and the batch that brought them."""
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id, home_user_id)"
        " select $1, $2, u from unnest($3::text[]) as u",
        tenant_id,
        batch_id,
        list(user_ids),
    )


async def mark_tenant(connection: Connection, tenant_id: UUID) -> None:
    """Nothing but that the refresher is to look at the tenant."""
    await connection.execute("insert into analytics.dirty_key (tenant_id) values ($1)", tenant_id)


def _instant(us: int | None) -> datetime | None:
    """Microseconds since 1970 as an instant, to the microsecond."""
    return None if us is None else _EPOCH + timedelta(microseconds=us)
