"""Parse the body of `POST /data/events` into a batch and its rejected events."""

from typing import Any

import msgspec

from services.data_service.domain.events.location_rule import read_rule
from services.data_service.domain.events.posted_events import events_of, read_posted
from services.data_service.store.events.staged_batch import StagedBatch, batch_of


class BodyOrder(msgspec.Struct, frozen=True):
    """A body to read; `location_source` is the tenant's rule."""

    body: bytes
    location_source: str | None


class ReadBody(msgspec.Struct, frozen=True):
    """The batch of a body, None if no event is valid, and `{index, errors}` of each rejected event."""

    batch: StagedBatch | None
    rejected: list[dict[str, Any]]


def read_body(order: BodyOrder) -> ReadBody:
    """Parse a body.

    Raises:
        EventsMalformed, TooManyEvents
    """
    events, rejected = events_of(read_posted(order.body), read_rule(order.location_source))
    return ReadBody(batch_of(events) if events else None, rejected)
