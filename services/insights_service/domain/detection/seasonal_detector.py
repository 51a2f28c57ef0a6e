"""Counts and money by the hour: sums of one step, of some hours and of a day beside what a season says of them."""

import numpy as np

from services.insights_service.domain.arrays import Floats, Ints
from services.insights_service.domain.detection.dispersion import Dispersion, far, tail
from services.insights_service.domain.detection.heavy_tails import tempered
from services.insights_service.domain.detection.level_shift import WEEK_DAYS
from services.insights_service.domain.detection.season import PRESENT, Season, sums_of

_HISTORY = 60.0, 400.0  # days and rows, the longer: what happens once in it is worth 2, as in conformal.py
_READY = 14  # days before anything is judged
_CANDIDATE = 2.2  # standard deviations below which nothing is worth an exact tail
_LEAST_EXCESS = 1e-7  # so that what is off by less than a thousandth of a level is nothing
_ALIKE = 0.8  # neighbouring sums say the same thing: so much fewer, in powers of ten, are chances to be wrong
_AT_ONCE = 150_000  # values that are judged together


def seasonal_surprise(season: Season, some: Ints) -> Floats:
    """How surprising each value of some of the series is, (series, days, steps)."""
    days, _, steps = season.values.shape
    found = np.zeros((len(some), days, steps))
    many = max(_AT_ONCE // (days * steps), 1)
    for begin in range(0, len(some), many):
        part = slice(begin, begin + many)
        found[part] = _surprise(season.of(some[part]))
    return found


def _surprise(season: Season) -> Floats:
    """The most surprised window, where heavy tails of the past make later extremes less surprising."""
    steps = season.values.shape[2]
    some_hours = [_Window(season, width) for width in (max(steps // 8, 2), max(steps // 4, 3))]
    scatter = _scatter_of(season, some_hours)
    windows = [_Window(season, 1), *some_hours, _Window(season, steps)]
    unit = [season.unit[:, 0], *np.moveaxis(scatter[0], 1, 0), season.unit[:, 1]]
    excess = [season.excess[:, 0], *np.moveaxis(scatter[1], 1, 0), season.excess[:, 1]]
    worst = np.zeros_like(season.values).swapaxes(0, 1)
    for window, *scattered in zip(windows, unit, excess, strict=True):
        np.maximum(worst, tempered(-window.logs(season.age, *scattered).swapaxes(0, 1)), out=worst)
    chances = 2.0 * len(windows) * max(_HISTORY[0] * steps, _HISTORY[1])
    return np.maximum(worst / np.log(10.0) + 2.0 + _ALIKE - np.log10(chances), 0.0)


class _Window:
    """Sums of one length beside what was expected, days first, and which can be judged."""

    def __init__(self, season: Season, width: int) -> None:
        a_day = width == season.values.shape[2]
        self.sums = sums_of(season.values, width)
        parts = sums_of(np.where(season.known, season.shares, 0.0), width) if width > 1 else season.shares
        self.means = (season.before if a_day else season.now)[:, :, None] * parts
        started = (season.age >= WEEK_DAYS)[:, :, None]
        self.good = season.known & started & (self.means > 0)
        if width > 1 and not season.known.all():
            self.good &= sums_of(season.known, width) >= PRESENT * width

    def logs(self, age: Floats, unit: Floats, excess: Floats) -> Floats:
        """Logarithms of the tails of sums that are off by more than a little, 0 elsewhere."""
        logs = np.zeros_like(self.sums)
        ready = self.good & (age >= _READY)[:, :, None]
        at = np.nonzero(ready & far(self.sums, self.means, unit[:, :, None], excess[:, :, None], _CANDIDATE))
        if len(at[0]):
            logs[at] = tail(self.sums[at], self.means[at], unit[at[:2]], excess[at[:2]], least_excess=_LEAST_EXCESS)
        return logs


def _scatter_of(season: Season, windows: list[_Window]) -> tuple[Floats, Floats]:
    """Unit and excess, (days, windows, series), as they were known before each day."""
    days, series, _ = season.values.shape
    scatter = Dispersion((len(windows), series))
    unit, excess = np.zeros((2, days, len(windows), series))
    sums, means, good = (
        np.stack(each, axis=1) for each in zip(*((one.sums, one.means, one.good) for one in windows), strict=True)
    )
    for day in range(days):
        unit[day], excess[day] = scatter.unit, scatter.excess
        scatter.learn(sums[day], means[day], good[day], season.whole[day])
    return unit, excess
