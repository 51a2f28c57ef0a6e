"""Recognise series that count the same rows under two names: Meta leads, and paid social if nearly all of it is Meta's.

Neither is a part of the other by its members, but what happens to one happens to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.arrays import Floats

# The number of days that are compared (contracts are known a month late), the fewest days on which both must be known,
# and the largest share of the amounts that may differ.
_DAYS: Final = 63
_FEWEST: Final = 14
_OTHERS: Final = 0.1


def same_rows(episodes: Sequence[Episode]) -> list[int]:
    """Return for each episode the index of the first one with the same rows, which may be its own."""
    days = [_last_days(one, _newest(episodes)) for one in episodes]
    firsts = list[int]()
    for place, one in enumerate(episodes):
        alike = (
            before
            for before in range(place)
            if _may_be_alike(episodes[before].series, one.series) and _are_alike(days[before], days[place])
        )
        firsts.append(firsts[first] if (first := next(alike, None)) is not None else place)
    return firsts


def _may_be_alike(one: JudgedSeries, other: JudgedSeries) -> bool:
    """Whether two series may share rows: different members of one dimension never do, even with similar figures."""
    return one.metric == other.metric and (one.dimension != other.dimension or one.member_id == other.member_id)


def _newest(episodes: Sequence[Episode]) -> np.datetime64:
    return max(one.grid.local[-1].astype("datetime64[D]") for one in episodes)


def _last_days(one: Episode, newest: np.datetime64) -> Floats:
    """Return the sums of the last days, (_DAYS,), the newest last; NaN if a step is unknown or the day is not over."""
    dates = one.grid.local.astype("datetime64[D]")
    ago = (newest - dates).astype(np.int64)
    recent = (ago < _DAYS) & ((dates < dates[-1]) | (one.grid.grain == "day"))
    sums = np.full(_DAYS, np.nan)
    there = np.unique(ago[recent])
    sums[there] = np.bincount(ago[recent], one.known[recent], _DAYS)[there]
    return sums[::-1]


def _are_alike(one: Floats, other: Floats) -> bool:
    known = ~np.isnan(one) & ~np.isnan(other)
    most = np.maximum(np.abs(one[known]), np.abs(other[known])).sum()
    return int(known.sum()) >= _FEWEST and bool(np.abs(one[known] - other[known]).sum() <= _OTHERS * most > 0)
