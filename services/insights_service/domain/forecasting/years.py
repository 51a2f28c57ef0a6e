"""The same weeks, or days, of the years before."""

from dataclasses import dataclass

import numpy as np

from services.insights_service.domain.arrays import Floats


@dataclass(frozen=True)
class SameTimes:
    """How a year is carried on: by so many years, each step blurred with its neighbours, on a level of recent steps."""

    years: int
    blur: int  # steps to either side, since weeks of years do not lie on one another
    recent: int
    keep: float = 0.6  # weight of a recent step relative to the next younger one


def year_before(past: Floats, average: Floats, ends: list[int], period: float, horizon: int, how: SameTimes) -> Floats:
    """After `past[:, :end]` of (n, steps) for each end: (n, ends, horizon).

    What the same steps of the years before were beside the moving average of the year around them (near an end: the
    last one that is whole; `average` has them all), on today's level, which is a weighted mean of recent steps without
    their season. `period` need not be whole (52.18 weeks).
    """
    width = past.shape[1] - average.shape[1] + 1
    side = width // 2
    smooth = _moving_mean(np.pad(past, ((0, 0), (how.blur, how.blur)), mode="edge"), 2 * how.blur + 1)
    weights = how.keep ** np.arange(how.recent - 1, -1, -1, dtype=float)
    last = np.array(ends)[:, None]
    steps = last + np.arange(-how.recent, horizon)
    total, seen = np.zeros((len(past), *steps.shape)), np.zeros(steps.shape)
    for year in range(1, how.years + 1):
        places = np.round(steps - year * period).astype(int)
        there = (places >= 0) & (places < last - how.blur)
        beside = smooth[:, np.where(there, places, 0)] - average[:, np.clip(places - side, 0, last - width)]
        total += np.where(there, beside, 0.0)
        seen += there
    season = total / np.maximum(seen, 1)
    recent = past[:, steps[:, : how.recent]] - season[:, :, : how.recent]
    level = recent @ (weights / weights.sum())
    return level[:, :, None] + season[:, :, how.recent :]


def average_years(past: Floats, period: float) -> Floats:
    """The means of all whole years (of an odd number of steps) in (n, steps), oldest first."""
    return _moving_mean(past, round(period) | 1)


def _moving_mean(past: Floats, width: int) -> Floats:
    """The mean of each `width` steps in a row: (n, steps) to (n, steps - width + 1)."""
    if width == 1:
        return past
    sums = np.cumsum(np.pad(past, ((0, 0), (1, 0))), axis=1)
    return (sums[:, width:] - sums[:, :-width]) / width
