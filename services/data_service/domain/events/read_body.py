"""The body of POST /data/events → a batch, and what is not taken."""

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
    """What a body held: no batch where nothing of it can be taken; `{index, errors}` of each event refused."""

    batch: StagedBatch | None
    rejected: list[dict[str, Any]]


def read_body(order: BodyOrder) -> ReadBody:
    """Read a body.

    Raises:
        EventsMalformed, TooManyEvents
    """
    events, rejected = events_of(read_posted(order.body), read_rule(order.location_source))
    return ReadBody(batch_of(events) if events else None, rejected)
