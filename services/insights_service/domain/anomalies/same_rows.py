"""Series that count the same rows under two names: leads from Meta, and by paid social where nearly all are Meta's.

Neither is a part of the other by its members, and what happens to one has happened to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.arrays import Floats

# Days that are compared (contracts are known a month late), how many of them both have to be known on, and how much of
# what came may be other rows.
_DAYS: Final = 63
_FEWEST: Final = 14
_OTHERS: Final = 0.1


def same_rows(episodes: Sequence[Episode]) -> list[int]:
    """Of each the place of the first that is of the same rows: its own, where none before is."""
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
    """Members of one dimension have no rows in common, however much they are of one size."""
    return one.metric == other.metric and (one.dimension != other.dimension or one.member_id == other.member_id)


def _newest(episodes: Sequence[Episode]) -> np.datetime64:
    return max(one.grid.local[-1].astype("datetime64[D]") for one in episodes)


def _last_days(one: Episode, newest: np.datetime64) -> Floats:
    """The sums of whole days, the newest last; NaN where a step of one is not known, or it is not over."""
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
