"""Events that are committed together."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

import msgspec

from services.data_service.store.events.copy_text import copy_text
from services.data_service.store.events.staged_event import StagedEvent

# Every time zone's days begin at one of these (since 2000, before which no event lies).
QUARTER_SECONDS: Final = 900
_QUARTER_US: Final = QUARTER_SECONDS * 1_000_000
_QUARTERS_A_DAY: Final = 96


class StagedBatch(msgspec.Struct, frozen=True):
    """`copy` is the body of the COPY, `count` its rows, `months` the first days of the months (UTC) they fall in.

    `quarters` are the quarter hours since 1970 that have rows, from which the days in any time zone follow.
    """

    copy: bytes
    count: int
    months: frozenset[date]
    quarters: frozenset[int]


def batch_of(events: Sequence[StagedEvent]) -> StagedBatch:
    """Make a batch of at least one event."""
    quarters = frozenset([int(event.event_us) // _QUARTER_US for event in events])
    days = {quarter // _QUARTERS_A_DAY for quarter in quarters}
    return StagedBatch(copy_text(events), len(events), frozenset(map(_month_of, days)), quarters)


@lru_cache(maxsize=4096)
def _month_of(day: int) -> date:
    return datetime.fromtimestamp(day * 86_400, UTC).date().replace(day=1)
