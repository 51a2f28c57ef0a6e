"""What a GA4 property told of a span before, as it stands: how much there is, and how much names somebody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Self
from uuid import UUID

from common.db import Connection
from services.data_service.store.events.road_days import DATA_API_ROAD, hold_own_spans
from services.data_service.store.events.staged_event import EVENT_TABLES, StagedEvent

_ROWS: Final = " union all ".join(
    f"select user_pseudo_id, user_id, session_id from data.{table} where tenant_id = $1 and road = $2"  # noqa: S608 -- own names
    " and extra ->> 'ga4_property' = $3 and event_ts >= $4 and event_ts < $5"
    for table in EVENT_TABLES
)


class Told(NamedTuple):
    """Events in all, and those that name a device, a user, a session."""

    events: int
    with_device: int
    with_user: int
    with_session: int

    @classmethod
    def by(cls, events: Sequence[StagedEvent]) -> Self:
        """What these events tell."""
        named = [(bool(one.user_pseudo_id), bool(one.user_id), bool(one.session_id)) for one in events]
        return cls(len(events), *(sum(has[at] for has in named) for at in range(3)))

    def has_less_than(self, before: "Told") -> bool:
        """Whether anything is less than it was, whatever is more."""
        return any(now < then for now, then in zip(self, before, strict=True))


async def told_before(
    connection: Connection, tenant_id: UUID, property_id: str, span: tuple[datetime, datetime]
) -> Told:
    """What stands of a property's events of a span; nobody else changes them until the transaction ends."""
    await hold_own_spans(connection, tenant_id, DATA_API_ROAD, span)
    counted = await connection.fetchrow(
        "select count(*), count(user_pseudo_id), count(user_id), count(session_id)"  # noqa: S608 -- own names
        f" from ({_ROWS}) as told",
        *(tenant_id, DATA_API_ROAD, property_id),
        *span,
    )
    return Told(*counted) if counted else Told(0, 0, 0, 0)
