"""The format of messages on the bus: one JSON object, with the contract's fields under `data`."""

from datetime import datetime
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every event's data. Subclasses set `TYPE`; fields are only ever added, with defaults."""

    TYPE: ClassVar[str] = ""


DataT = TypeVar("DataT", bound=Contract)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event has in addition to its data.

    `id` is the id of the outbox row; `type` has the form `data.batch.recorded.v1`.
    """

    id: UUID
    type: str
    tenant_id: UUID
    occurred_at: datetime
    request_id: str = ""
    trace_id: str = ""


class Event(Envelope, Generic[DataT], frozen=True, kw_only=True):
    """An event as consumers receive it."""

    data: DataT


class RawEvent(Envelope, frozen=True, kw_only=True):
    """An event whose data has not been decoded yet, as the relay sends it and the consumer receives it."""

    data: msgspec.Raw


def subject_of(event_type: str, tenant_id: UUID | str) -> str:
    """Return the NATS subject of an event: `evt.<service>.<noun>.<verb>.v1.<tenant>`."""
    return f"evt.{event_type}.{tenant_id}"
