"""What travels on the bus: one JSON object a message, the contract's fields under `data`."""

from datetime import datetime
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every event's data. Subclasses set `TYPE`; fields are only ever added, with defaults."""

    TYPE: ClassVar[str] = ""


DataT = TypeVar("DataT", bound=Contract)


class Event(msgspec.Struct, Generic[DataT], frozen=True, kw_only=True):
    """An event as consumers get it. `id` is the outbox row's; `type` as in `data.batch.recorded.v1`."""

    id: UUID
    type: str
    tenant_id: UUID
    occurred_at: datetime
    request_id: str = ""
    trace_id: str = ""
    data: DataT


class RawEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event whose data has not been read yet: what the relay sends and a consumer first sees."""

    id: UUID
    type: str
    tenant_id: UUID
    occurred_at: datetime
    request_id: str = ""
    trace_id: str = ""
    data: msgspec.Raw


def subject_of(event_type: str, tenant_id: UUID | str) -> str:
    """The NATS subject of an event: `evt.<service>.<noun>.<verb>.v1.<tenant>`."""
    return f"evt.{event_type}.{tenant_id}"
