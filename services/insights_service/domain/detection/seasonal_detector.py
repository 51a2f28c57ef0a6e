"""Counts and money by the hour: a usual week times a slowly moving level, and sums of one step, hours and a day.

A day is judged by what was known before it: the profile of earlier weeks, the level of earlier days, and for the sum of
a whole day the level of the day before, so that what is judged has no part in its own measure.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.detection.dispersion import Dispersion, tail
from services.insights_service.domain.detection.heavy_tails import tempered
from services.insights_service.domain.detection.level_shift import WEEK_DAYS, Level
from services.insights_service.domain.detection.seasonal_profile import SeasonalProfile

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_HISTORY = 60.0, 400.0  # days and rows, the longer: what happens once in it is worth 2, as in conformal.py
_READY = 14  # days before anything is judged
_OUTLIER = 3.0  # standard deviations beyond which a value does not move profile and level
_CANDIDATE = 2.2  # standard deviations below which nothing is worth an exact tail
_PRESENT = 0.75  # of a window must be there, and half of a day
_FADE = 0.95  # a day: how long the profile's merit is remembered
_BELOW = 0.05  # of a series below zero: more is neither counts nor money, and no multiple of a level
_SCATTER = 1e-4, 1e4  # of a day's level, as a relative variance: within these
_ALIKE = 0.8  # neighbouring sums say the same thing: so much fewer, in powers of ten, are chances to be wrong


class Seen(NamedTuple):
    """Per series, day and step how surprising it is; per series and day how much of the variance a profile explains."""

    surprise: Floats
    merit: Floats


class _Window:
    """What was found of one length of sums: the logarithm of each one's tail, 0 where nothing stands out."""

    def __init__(self, width: int, shape: tuple[int, int, int]) -> None:
        self.width = width
        self.dispersion = Dispersion(shape[0])
        self.logs = np.zeros(shape)

    def judge(self, day: int, sums: Floats, means: Floats, known: Bools) -> None:
        """Note the tails of a day's sums that are off by more than a little."""
        at = known & self.dispersion.far(sums, means, _CANDIDATE)
        if at.any():
            series = np.nonzero(at)[0]
            unit, excess = self.dispersion.unit[series], self.dispersion.excess[series]
            self.logs[:, day][at] = tail(sums[at], means[at], unit, excess)


def seasonal_surprise(cells: Floats, first_weekday: int) -> Seen:
    """Judge series laid out by days, (series, days, steps), NaN where nothing is."""
    series, days, steps = cells.shape
    widths = (1, max(steps // 8, 2), max(steps // 4, 3), steps)
    windows = [_Window(width, cells.shape) for width in widths]
    profile, level = SeasonalProfile(series, steps), Level(series)
    past = _Past(series, steps)
    merit, whole = _Merit(series, days), np.ones(series, dtype=bool)
    for day in range(days):
        weekday = (first_weekday + day) % 7
        known = ~np.isnan(cells[:, day])
        values = np.where(known, cells[:, day], 0.0)
        shares = profile.of(weekday)
        past.add(values, np.where(known, shares, 0.0), known)
        started = (level.days >= WEEK_DAYS)[:, None]
        for window in windows:
            a_day = window.width == steps
            sums, parts, there = past.sums(window.width)
            means = (level.before if a_day else level.now)[:, None] * parts
            good = known & started & (means > 0) & (there >= _PRESENT * window.width)
            ready = (level.days >= _READY)[:, None]
            window.judge(day, sums, means, good & ready)
            window.dispersion.learn(sums, means, good, whole)
        merit.note(day, values, level.now[:, None], shares, known & started)
        _learn(profile, level, weekday, values, shares, known, windows)
        whole &= np.all(values == np.round(values), axis=1) & ~windows[0].dispersion.steadier
    return Seen(_surprise(windows, steps), merit.shares)


def _learn(
    profile: SeasonalProfile,
    level: Level,
    weekday: int,
    values: Floats,
    shares: Floats,
    known: Bools,
    windows: list[_Window],
) -> None:
    single, day = windows[0].dispersion, windows[-1].dispersion
    young = level.days < WEEK_DAYS
    means = level.now[:, None] * shares
    wide = _OUTLIER * np.sqrt(single.unit[:, None] * np.abs(means) + single.excess[:, None] * means**2)
    calm = np.where(young[:, None], values, np.clip(values, means - wide, means + wide))
    calm = np.where(known, calm, 0.0)
    present = known.sum(axis=1) >= 0.5 * known.shape[1]
    parts = np.where(young, known.sum(axis=1), np.where(known, shares, 0.0).sum(axis=1))
    parts = np.maximum(parts, 1e-9)
    raw, mild = values.sum(axis=1) / parts, calm.sum(axis=1) / parts
    expected = np.maximum(level.now * parts, np.finfo(float).tiny)
    scatter = np.sqrt(np.clip(day.unit / expected + day.excess, *_SCATTER))
    level.learn(raw, mild, scatter, present)
    measure = np.where(young, level.now, mild)
    sound = present & (measure > 0)
    profile.learn(weekday, calm / np.where(sound, measure, 1.0)[:, None], known & sound[:, None])


class _Past:
    """The last day of values, expected shares and presence, for sums that reach back over midnight."""

    def __init__(self, series: int, reach: int) -> None:
        self._kept = np.zeros((3, series, reach))
        self._totals = np.zeros((3, series, 1))
        self._reach = reach

    def add(self, values: Floats, shares: Floats, known: Bools) -> None:
        """Put a day behind what is kept."""
        joined = np.concatenate([self._kept, np.array([values, shares, known])], axis=2)
        self._totals = np.concatenate([np.zeros((3, len(values), 1)), np.cumsum(joined, axis=2)], axis=2)
        self._kept = joined[:, :, -self._reach :]

    def sums(self, width: int) -> Floats:
        """Sums of the last `width` steps at each step of the day: of values, of shares, and how many were there."""
        last = self._totals.shape[2]
        until = np.arange(self._reach + 1, last)
        return np.subtract(self._totals[:, :, until], self._totals[:, :, np.maximum(until - width, 0)])


class _Merit:
    """How much smaller the profile's errors are than those of the level alone, before each day; 0 below zero."""

    def __init__(self, series: int, days: int) -> None:
        self.shares = np.zeros((series, days))
        self._with, self._without = np.zeros(series), np.zeros(series)
        self._known, self._below = np.zeros(series), np.zeros(series)

    def note(self, day: int, values: Floats, level: Floats, shares: Floats, known: Bools) -> None:
        """Write down what was known before this day, then take the day in."""
        some = (self._without > 0) & (self._below <= _BELOW * self._known)
        self.shares[:, day] = np.where(some, 1.0 - self._with / np.where(some, self._without, 1.0), 0.0)
        self._with = _FADE * self._with + np.where(known, (values - level * shares) ** 2, 0.0).sum(axis=1)
        self._without = _FADE * self._without + np.where(known, (values - level) ** 2, 0.0).sum(axis=1)
        self._known = _FADE * self._known + known.sum(axis=1)
        self._below = _FADE * self._below + (known & (values < 0)).sum(axis=1)


def _surprise(windows: list[_Window], steps: int) -> Floats:
    """The most surprised window, where heavy tails of the past make later extremes less surprising."""
    worst = np.zeros_like(windows[0].logs)
    for window in windows:
        worst = np.maximum(worst, tempered(-window.logs))
    chances = 2.0 * len(windows) * max(_HISTORY[0] * steps, _HISTORY[1])
    return np.maximum(worst / np.log(10.0) + 2.0 + _ALIKE - np.log10(chances), 0.0)
