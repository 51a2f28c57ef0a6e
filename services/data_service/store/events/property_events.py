"""How many events of a GA4 property are stored for a span of time, and how many of them have ids."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from common.db import Connection
from services.data_service.store.events.road_days import DATA_API_ROAD, hold_own_spans
from services.data_service.store.events.staged_event import EVENT_TABLES, StagedEvent

_ROWS: Final = " union all ".join(
    f"select batch_id, user_pseudo_id, user_id, session_id from data.{table} where tenant_id = $1 and road = $2"  # noqa: S608 -- own names
    " and extra ->> 'ga4_property' = $3 and event_ts >= $4 and event_ts < $5"
    for table in EVENT_TABLES
)
# Grouped by batch first: a day has few, so the join is cheap.
_COUNTED: Final = (
    "with stored as ("  # noqa: S608 -- own names
    " select batch_id, count(*) as events, count(user_pseudo_id) as devices, count(user_id) as users,"
    f" count(session_id) as sessions from ({_ROWS}) as rows group by batch_id)"
    " select coalesce(sum(events), 0)::bigint, coalesce(sum(devices), 0)::bigint, coalesce(sum(users), 0)::bigint,"
    " coalesce(sum(sessions), 0)::bigint, max(recorded_at) filter (where devices > 0),"
    " max(recorded_at) filter (where users > 0), max(recorded_at) filter (where sessions > 0)"
    " from stored left join data.batch b on b.tenant_id = $1 and b.batch_id = stored.batch_id"
)


class PropertyEventCounts(NamedTuple):
    """All events; those with a device, a user and a session; and when the newest of each of the three was recorded."""

    events: int
    named: tuple[int, int, int]
    named_at: tuple[datetime | None, datetime | None, datetime | None] = (None, None, None)

    @classmethod
    def of(cls, events: Sequence[StagedEvent]) -> Self:
        """The counts of events that are not stored yet."""
        devices = sum(bool(one.user_pseudo_id) for one in events)
        users, sessions = sum(bool(one.user_id) for one in events), sum(bool(one.session_id) for one in events)
        return cls(len(events), (devices, users, sessions))

    def as_detail(self) -> dict[str, int]:
        """The counts as the detail of a quality flag."""
        with_device, with_user, with_session = self.named
        return {
            "events": self.events,
            "with_device": with_device,
            "with_user": with_user,
            "with_session": with_session,
        }


async def count_property_events(
    connection: Connection, tenant_id: UUID, property_id: str, span: tuple[datetime, datetime]
) -> PropertyEventCounts:
    """Count a property's stored events in a time span and lock them until the transaction ends."""
    await hold_own_spans(connection, tenant_id, DATA_API_ROAD, span)
    counted: Any = await connection.fetchrow(_COUNTED, tenant_id, DATA_API_ROAD, property_id, *span)
    events, *rest = counted
    return PropertyEventCounts(events, (rest[0], rest[1], rest[2]), (rest[3], rest[4], rest[5]))
