"""Sessions by channel and day, as a web analytics vendor reports them."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid4

from common.db import Connection
from common.events import publish
from common.events.contracts.data_channels_changed import ChannelsChanged
from common.events.pieces import in_pieces
from services.data_service.store.events.batches import close_batch


class ChannelDay(NamedTuple):
    """A row of data.channel_day."""

    day: date
    channel: str
    sessions: int
    engaged_sessions: int
    key_events: Decimal
    revenue: Decimal


class Replaced(NamedTuple):
    """How many rows are new or changed, and the days with any inserted, changed or removed row."""

    changed: int
    days: list[date]


class ToldBy(NamedTuple):
    """The property of the sessions, the source that reported them, and its currency; None is the tenant's."""

    property_id: str
    source_id: UUID
    currency: str | None


async def told_sessions(
    connection: Connection, tenant_id: UUID, property_id: str, days: tuple[date, date]
) -> dict[date, int]:
    """A property's stored sessions by day of a range (both included), for days that have any."""
    rows = await connection.fetch(
        "select day, sum(sessions)::bigint from data.channel_day"
        " where tenant_id = $1 and property_id = $2 and day between $3 and $4 group by day",
        tenant_id,
        property_id,
        *days,
    )
    return dict(rows)


async def replace_channel_days(
    connection: Connection,
    tenant_id: UUID,
    told_by: ToldBy,
    days: tuple[date, date],
    rows: Sequence[ChannelDay],
    *,
    but: Collection[date] = (),
) -> Replaced:
    """Replace the rows of a range (both days included) by these, `but` for days that stay."""
    gone = await connection.fetch(
        "delete from data.channel_day where tenant_id = $1 and property_id = $2 and day between $3 and $4"
        " and not (day, channel) in (select * from unnest($5::date[], $6::text[])) and not day = any($7) returning day",
        tenant_id,
        told_by.property_id,
        *days,
        [row.day for row in rows],
        [row.channel for row in rows],
        list(but),
    )
    changing = [row for row in rows if row.day not in but]
    changed = await connection.fetch(
        "insert into data.channel_day as c (tenant_id, property_id, source_id, currency, day, channel, sessions,"
        " engaged_sessions, key_events, revenue) select $1, $2, $3, $4, r.* from unnest($5::date[], $6::text[],"
        " $7::bigint[], $8::bigint[], $9::numeric[], $10::numeric[]) as r"
        " on conflict (tenant_id, property_id, day, channel) do update set"
        " source_id = excluded.source_id, sessions = excluded.sessions, engaged_sessions = excluded.engaged_sessions,"
        " key_events = excluded.key_events, revenue = excluded.revenue, currency = excluded.currency,"
        " read_at = excluded.read_at"
        " where (c.source_id, c.sessions, c.engaged_sessions, c.key_events, c.revenue, c.currency) is distinct from"
        " (excluded.source_id, excluded.sessions, excluded.engaged_sessions, excluded.key_events, excluded.revenue,"
        " excluded.currency) returning day",
        tenant_id,
        *told_by,
        *([row[at] for row in changing] for at in range(len(ChannelDay._fields))),
    )
    return Replaced(len(changed), sorted({row["day"] for row in (*gone, *changed)}))


async def announce_channel_days(connection: Connection, tenant_id: UUID, job_id: UUID, days: Sequence[date]) -> None:
    """Publish the days; the job waits until answers include them."""
    for part in in_pieces([day.isoformat() for day in days]) if days else []:
        batch_id = uuid4()
        await close_batch(connection, tenant_id, batch_id, job_id, len(part))
        await publish(connection, "data", ChannelsChanged(batch_id=batch_id, days=part), tenant_id)
