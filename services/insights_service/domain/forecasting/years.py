"""Forecast by the same steps of earlier years."""

from dataclasses import dataclass

import numpy as np

from services.insights_service.domain.arrays import Floats


@dataclass(frozen=True)
class SameTimes:
    """How a yearly season is estimated: from how many years, how smoothed, and on a level of which recent steps."""

    years: int
    blur: int  # Steps on either side to average over, since the weeks of two years do not coincide.
    recent: int
    keep: float = 0.6  # Weight of a recent step relative to the next younger one.


def year_before(past: Floats, average: Floats, ends: list[int], period: float, horizon: int, how: SameTimes) -> Floats:
    """Forecast after `past[:, :end]` of (n, steps) for each end, (n, ends, horizon).

    The season is the mean difference of the same steps in earlier years from the yearly moving average around them.
    `average` has all these moving averages; near an end the last one that is complete is used. The season is added to
    the present level, a weighted mean of recent steps without their season. `period` may be fractional (52.18 weeks).
    """
    width = past.shape[1] - average.shape[1] + 1
    half_width = width // 2
    smooth = moving_mean(np.pad(past, ((0, 0), (how.blur, how.blur)), mode="edge"), 2 * how.blur + 1)
    weights = how.keep ** np.arange(how.recent - 1, -1, -1, dtype=float)
    last = np.array(ends)[:, None]
    steps = last + np.arange(-how.recent, horizon)
    total, count = np.zeros((len(past), *steps.shape)), np.zeros(steps.shape)
    for year in range(1, how.years + 1):
        places = np.round(steps - year * period).astype(int)
        is_known = (places >= 0) & (places < last - how.blur)
        difference = (
            smooth[:, np.where(is_known, places, 0)] - average[:, np.clip(places - half_width, 0, last - width)]
        )
        total += np.where(is_known, difference, 0.0)
        count += is_known
    season = total / np.maximum(count, 1)
    recent = past[:, steps[:, : how.recent]] - season[:, :, : how.recent]
    level = recent @ (weights / weights.sum())
    return level[:, :, None] + season[:, :, how.recent :]


def average_years(past: Floats, period: float) -> Floats:
    """Return the means of all whole years, of an odd number of steps, in (n, steps), oldest first."""
    return moving_mean(past, round(period) | 1)


def moving_mean(past: Floats, width: int) -> Floats:
    """Return the moving mean of `width` steps: (n, steps) to (n, steps - width + 1)."""
    if width == 1:
        return past
    sums = np.cumsum(np.pad(past, ((0, 0), (1, 0))), axis=1)
    return (sums[:, width:] - sums[:, :-width]) / width
