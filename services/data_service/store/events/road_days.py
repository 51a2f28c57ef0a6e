"""Which road (way in) has a tenant's day: data.road_day, and taking a day from a worse road.

Only roads 1 to 3 compete for days, since their rows cannot be matched with another road's; posted events (4) and a
shop's orders (5) are kept beside them.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from common.db import Connection
from services.data_service.store.events.epoch_time import to_microseconds
from services.data_service.store.events.tenant_day import days_of, moment_of
from services.data_service.store.events.touched_keys import TOUCHED_COLUMNS

EXPORT_ROAD: Final = 1
DATA_API_ROAD: Final = 2
MEASUREMENT_PROTOCOL_ROAD: Final = 3
WORST_SHARED_ROAD: Final = MEASUREMENT_PROTOCOL_ROAD

Span = tuple[datetime, datetime]


class Claim(NamedTuple):
    """The result of claiming days: the time spans `taken` from worse roads, and those `lost` to better ones.

    All other days of the batch belong to the road, from now on or already.
    """

    taken: list[Span]
    lost: list[Span]


async def claim_days(
    connection: Connection,
    tenant_id: UUID,
    road: int,
    quarters: Collection[int],
    zone: ZoneInfo,
    *,
    alone: bool = False,
) -> Claim:
    """Claim a batch's days for its road and lock them until the transaction ends.

    With `alone` the lock also excludes other writers of the same road. To avoid deadlocks, a transaction that claims
    more than once must do so in chronological order.
    """
    moments = [moment_of(quarter) for quarter in quarters]
    days = days_of(moments, zone)
    rows = await connection.fetch(
        "select is_lost, starts_at, ends_at from data.claim_days($1, $2, $3, $4, $5, $6, $7)",
        tenant_id,
        road,
        [day.day for day in days],
        [day.starts_at for day in days],
        [day.ends_at for day in days],
        moments,
        alone,
    )
    spans = [(row["is_lost"], (row["starts_at"], row["ends_at"])) for row in rows]
    return Claim([span for is_lost, span in spans if not is_lost], [span for is_lost, span in spans if is_lost])


async def hold_own_spans(connection: Connection, tenant_id: UUID, road: int, span: Span) -> None:
    """Lock exclusively the days of a span that a road already has, without claiming more."""
    await connection.execute(
        "select from data.road_day where tenant_id = $1 and road = $2 and starts_at < $4 and ends_at > $3"
        " order by starts_at for no key update",
        tenant_id,
        road,
        *span,
    )


async def remove_worse_roads(connection: Connection, tenant_id: UUID, road: int, span: Span) -> list[Any]:
    """Remove the rows of all worse roads from a span; returns what was removed, in `TOUCHED_COLUMNS`."""
    return await connection.fetch(
        f"select {TOUCHED_COLUMNS} from data.remove_events($1, $2, $3, $4, $5)",  # noqa: S608 -- own names
        tenant_id,
        *span,
        road + 1,
        WORST_SHARED_ROAD,
    )


async def leave_out_staged(connection: Connection, spans: Iterable[Span]) -> int:
    """Delete the events of these spans from the staging table; returns how many there were."""
    edges = [(to_microseconds(starts_at), to_microseconds(ends_at)) for starts_at, ends_at in spans]
    if not edges:
        return 0
    left_out = await connection.fetch(
        "delete from pg_temp.staged_event s"
        " using unnest($1::bigint[], $2::bigint[]) as span (first_us, end_us)"
        " where s.event_us >= span.first_us and s.event_us < span.end_us returning 1",
        [first_us for first_us, _ in edges],
        [end_us for _, end_us in edges],
    )
    return len(left_out)
