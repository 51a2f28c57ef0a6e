"""Recognise returns to normal, which are not reported: the end of a sale is no drop, nor a website's recovery a rush.

A level that lasted for weeks is the new normal, though, and its loss is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode

# The number of steps after which a level is the new normal and is not reported any more (why_over.py).
_NEW_NORMAL: Final = {"hour": 7 * 24, "day": 14}
# A change larger than this multiple of the earlier one does more than undo it.
_MOST_OF_EARLIER: Final = 1.5


def is_return(one: Episode, others: Sequence[Episode]) -> bool:
    """Whether an episode only undoes one of `others`: an earlier one of its series in the opposite direction."""
    return any(
        earlier.series is one.series
        and earlier.start < one.start
        and earlier.way == -one.way
        and not _is_new_normal(earlier, one.start)
        and _change_per_step(one) <= _MOST_OF_EARLIER * _change_per_step(earlier)
        and _is_within_earlier_forecast(one, earlier)
        for earlier in others
    )


def _is_new_normal(earlier: Episode, until: int) -> bool:
    """Whether the earlier episode had lasted long enough by the step `until` to be the new normal."""
    return min(earlier.end, until) - earlier.start >= _NEW_NORMAL[earlier.grid.grain]


def _change_per_step(one: Episode) -> float:
    return abs(one.change) / (one.end - one.start)


def _is_within_earlier_forecast(one: Episode, earlier: Episode) -> bool:
    """Whether the episode's total lies within the interval that was forecast before the earlier episode."""
    low, high = replace(earlier, start=one.start, end=one.end).interval
    return low <= one.sum_actual <= high
