"""The devices and users that a change of event rows touched, collected for the published event."""

from collections.abc import Iterable
from typing import Any

from common.events.contracts.data_batch_recorded import BatchKey

# What a statement selects from data.record_staged_events and data.remove_events.
TOUCHED_COLUMNS = (
    "event_table, user_pseudo_id, user_id, event_count,"
    " (extract(epoch from first_ts) * 1000000)::bigint as first_us,"
    " (extract(epoch from last_ts) * 1000000)::bigint as last_us"
)


class TouchedKeys:
    """The devices and users of inserted and removed rows, each with its first and last event time."""

    def __init__(self) -> None:
        self._spans: dict[tuple[str | None, str | None], tuple[int, int]] = {}

    def add(self, rows: Iterable[Any]) -> dict[str, int]:
        """Add rows of `TOUCHED_COLUMNS`; returns how many events of each table they stand for."""
        counts: dict[str, int] = {}
        for table, device, user, count, first_us, last_us in rows:
            counts[table] = counts.get(table, 0) + count
            first, last = self._spans.get((device, user), (first_us, last_us))
            self._spans[device, user] = min(first, first_us), max(last, last_us)
        return counts

    def keys(self) -> list[BatchKey]:
        """The keys in the form that `data.batch.recorded` carries."""
        return [(device, user, first, last) for (device, user), (first, last) in self._spans.items()]
