"""Dirty keys: changes that the summaries do not include yet. Table `analytics.dirty_key`."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.db import Connection
from common.events.contracts.data_batch_recorded import BatchKey
from common.events.contracts.data_marketing_recorded import MarketingRecorded


async def mark_batch(connection: Connection, tenant_id: UUID, batch_id: UUID, keys: Sequence[BatchKey]) -> None:
    """Mark a batch's devices and users dirty, each with its span of time.

    A batch without rows is marked too, so that the refresh announces it.
    """
    devices, users, firsts, lasts = zip(*keys, strict=True) if keys else ((None,), (None,), (None,), (None,))
    # A device gets one span for all its users: its rows are read again together.
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id, user_pseudo_id, user_id, min_ts, max_ts)"
        " select $1, $2, s.device, s.user_id, timestamptz 'epoch' + s.first_us * interval '1 us',"
        " timestamptz 'epoch' + s.last_us * interval '1 us' from ("
        "select k.device, case when k.device is null then k.user_id end as user_id,"
        " min(k.first_us) as first_us, max(k.last_us) as last_us"
        " from unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[]) as k (device, user_id, first_us, last_us)"
        " group by 1, 2) s",
        tenant_id,
        batch_id,
        devices,
        users,
        firsts,
        lasts,
    )


async def mark_homes(connection: Connection, tenant_id: UUID, batch_id: UUID | None, user_ids: Sequence[str]) -> None:
    """Mark users whose home location may have changed, with the batch that brought them."""
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id, home_user_id)"
        " select $1, $2, u from unnest($3::text[]) as u",
        tenant_id,
        batch_id,
        list(user_ids),
    )


async def mark_rates(
    connection: Connection, tenant_id: UUID, batch_id: UUID, days: Sequence[str], currencies: Sequence[str]
) -> None:
    """Mark days (YYYY-MM-DD) on which the rates of these currencies may have changed, with the batch of the rates."""
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id, rate_days, rate_currencies)"
        " values ($1, $2, $3::text[]::date[], $4)",
        tenant_id,
        batch_id,
        list(days),
        list(currencies),
    )


async def mark_marketing(connection: Connection, tenant_id: UUID, recorded: MarketingRecorded) -> None:
    """Mark what a marketing batch changed.

    That is days of leads and of ads, leads whose contracts changed, orders whose refunds changed, and campaigns. A
    batch that changed none of them is marked too, so that the refresh announces it.
    """
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id, lead_days, lead_ids, ad_days, campaigns,"
        " transaction_ids, is_ledger) values ($1, $2, $3::text[]::date[], $4, $5::text[]::date[], $6, $7, $8)",
        tenant_id,
        recorded.batch_id,
        recorded.lead_days,
        recorded.lead_ids,
        recorded.ad_days,
        recorded.campaigns,
        recorded.transaction_ids,
        recorded.ledger,
    )


async def mark_channel_days(connection: Connection, tenant_id: UUID, batch_id: UUID, days: Sequence[str]) -> None:
    """Mark days (YYYY-MM-DD) of data.channel_day that changed, with the batch that changed them."""
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id, channel_days) values ($1, $2, $3::text[]::date[])",
        tenant_id,
        batch_id,
        list(days),
    )


async def mark_follow_ups(
    connection: Connection, tenant_id: UUID, delivery_ids: Sequence[UUID], task_keys: Sequence[str]
) -> None:
    """Mark reports whose delivery changed, and tasks that were worked or are no longer in a report."""
    await connection.execute(
        "insert into analytics.dirty_key (tenant_id, delivery_ids, task_keys) values ($1, $2, $3)",
        tenant_id,
        list(delivery_ids),
        list(task_keys),
    )


async def mark_tenant(connection: Connection, tenant_id: UUID) -> None:
    """Mark the tenant alone, so that the refresher looks at it."""
    await connection.execute("insert into analytics.dirty_key (tenant_id) values ($1)", tenant_id)


async def mark_days(connection: Connection, tenant_id: UUID, batch_id: UUID, first: date, last: date) -> None:
    """Mark everything that these days are counted from, under a batch of its own."""
    await connection.execute(
        "select analytics.mark_days($1, $2, $3, $4)", tenant_id, batch_id, first, last, timeout=3600
    )


async def is_dirty(connection: Connection, tenant_id: UUID, batch_id: UUID | None = None) -> bool:
    """Return whether the tenant, or one batch of it, waits to be refreshed."""
    return bool(
        await connection.fetchval(
            "select exists (select from analytics.dirty_key"
            " where tenant_id = $1 and ($2::uuid is null or batch_id = $2))",
            tenant_id,
            batch_id,
        )
    )
