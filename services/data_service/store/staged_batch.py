"""Events that will be committed together."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

import msgspec

from services.data_service.store.staged_event import StagedEvent, copy_text

_DAY_US: Final = 86_400_000_000


class StagedBatch(msgspec.Struct, frozen=True):
    """`copy` is the body of the COPY, `count` its rows, `months` the first days of the months (UTC) they fall in."""

    copy: bytes
    count: int
    months: frozenset[date]


def batch_of(events: Sequence[StagedEvent]) -> StagedBatch:
    """Make a batch of at least one event."""
    days = {int(event.event_us) // _DAY_US for event in events}
    return StagedBatch(copy_text(events, len(events)), len(events), frozenset(map(_month_of, days)))


@lru_cache(maxsize=4096)
def _month_of(day: int) -> date:
    return datetime.fromtimestamp(day * 86_400, UTC).date().replace(day=1)
