"""Ends of what stood out: a sale that is over is no drop, and a website that is back no rush of visitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.insights_service.domain.anomalies.episode import Episode


def is_return(one: Episode, others: Sequence[Episode]) -> bool:
    """Whether it only goes back to what was usual before another of its series went the other way."""
    return any(
        was.series is one.series and was.start < one.start and was.way == -one.way and _was_to_be_expected(one, was)
        for was in others
    )


def _was_to_be_expected(one: Episode, was: Episode) -> bool:
    """As it looked before the earlier one, whose forecast goes on beyond it."""
    low, high = replace(was, start=one.start, end=one.end).interval
    return low <= one.sum_actual <= high
