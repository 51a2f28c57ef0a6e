"""The end of an episode is no news: a sale that is over is no drop, and a website that is back no rush of visitors.

A level that lasted for weeks is the new normal, and its loss is news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode

# Steps after which a level is the new normal: nobody is told of it any more by then (why_over.py).
_NEW_NORMAL: Final = {"hour": 7 * 24, "day": 14}
# What goes back by so many times what the earlier one brought does more than end it.
_MORE: Final = 1.5


def is_return(one: Episode, others: Sequence[Episode]) -> bool:
    """Whether it only goes back to what was usual before another of its series went the other way."""
    return any(
        was.series is one.series
        and was.start < one.start
        and was.way == -one.way
        and not _is_normal(was, one.start)
        and _a_step(one) <= _MORE * _a_step(was)
        and _was_expected(one, was)
        for was in others
    )


def _is_normal(was: Episode, until: int) -> bool:
    """Whether it had lasted so long by then that it was the new normal."""
    return min(was.end, until) - was.start >= _NEW_NORMAL[was.grid.grain]


def _a_step(one: Episode) -> float:
    return abs(one.change) / (one.end - one.start)


def _was_expected(one: Episode, was: Episode) -> bool:
    """Whether it lies in the range that was forecast before the earlier one."""
    low, high = replace(was, start=one.start, end=one.end).interval
    return low <= one.sum_actual <= high
