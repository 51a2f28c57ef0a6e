"""Series by the day: judged from four weeks on, by a level, days of the week as far as they show, and wide tails.

Sums of one day, of three and of seven are compared with the level before them, so that what is judged has no part in
its own measure. A young series knows few days; what they leave open is filled with what is usual (day_scatter.py).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri_exp, stdtr

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.day_level import DayLevel
from services.insights_service.domain.detection.day_scatter import DayScatter
from services.insights_service.domain.detection.dispersion import tail
from services.insights_service.domain.detection.former_level import beyond_both
from services.insights_service.domain.detection.heavy_tails import tempered
from services.insights_service.domain.detection.weekday_profile import WeekdayProfile

_READY = 28  # days before anything is judged
_LEARNING = 7
_WIDTHS = (1, 3, 7)
_OUTLIER = 3.0  # standard deviations beyond which a day does not move the profile
_CANDIDATE = 2.0  # standard deviations below which nothing is worth an exact tail
# If lower scores than _MILD are asked for, the limit is _NEAR. Sums between _NEAR and _CANDIDATE get at most the
# surprise of one in 45 (minus its logarithm), so that they are reported as mild only, and make no other sum less
# surprising.
_MILD, _NEAR, _NEARLY = 1.0, 1.1, 3.8
_PRESENT = 0.6  # of a window must be there
_HISTORY = 200.0  # rows: what chance brings once in them is worth 2
_ALIKE = 0.8  # neighbouring sums say the same thing: so much fewer, in powers of ten, are chances to be wrong


class SeenDays(NamedTuple):
    """Per series, day and step how surprising it is as a rise and as a fall, and whether there was a level for it."""

    rises: Floats
    falls: Floats
    judged: Bools


class _Ending(NamedTuple):
    """Sums of each width, (widths, series)."""

    sums: Floats
    means: Floats
    former: Floats  # what was expected by the level before a change, where that is still usual; else 0
    good: Bools  # which can be judged


class _Sums:
    """Sums over the last rows of values, of shares and of what was there, and the levels before each row."""

    def __init__(self, series: int, rows: int) -> None:
        self._totals = np.zeros((rows + 1, 3, series))
        self._levels, self._formers = np.zeros((2, rows, series))
        self._anew = np.zeros(series)

    def add(self, row: int, values: Floats, shares: Floats, known: Bools, level: Floats, former: Floats) -> None:
        """Take a row, and what its level and the one before a change were until then."""
        self._totals[row + 1] = self._totals[row] + np.array([values, np.where(known, shares, 0.0), known])
        self._levels[row], self._formers[row] = level, former

    def begin_anew(self, row: int, anew: Bools) -> None:
        """After this row the levels of these series have nothing to do with those before."""
        self._anew = np.where(anew, row + 1, self._anew)

    def ending(self, row: int) -> _Ending:
        """The sums that end here, beside what was expected by the level before each began."""
        begins = [max(row + 1 - width, 0) for width in _WIDTHS]
        sums, parts, there = np.moveaxis(self._totals[row + 1] - self._totals[begins], 1, 0)
        means = self._levels[begins] * parts
        wide, begun = np.array(_WIDTHS)[:, None], np.array(begins)[:, None]
        good = (there >= _PRESENT * wide) & (begun >= self._anew) & (means > 0)
        return _Ending(sums, np.where(good, means, 1.0), self._formers[begins] * parts, good)


def days_surprise(cells: Floats, first_weekday: int, least: float | None = None) -> SeenDays:
    """Judge series laid out by days, (series, days, steps), NaN where nothing is known.

    `least` is the lowest score that is asked for; None for those of clear findings.
    """
    candidate = _CANDIDATE if least is None or least >= _MILD else _NEAR
    series, days, steps = cells.shape
    rows = np.moveaxis(cells.reshape(series, days * steps), 1, 0)
    slots = 7 * steps
    level, profile = DayLevel(series), WeekdayProfile(series, slots)
    scatter, past = DayScatter(np.array(_WIDTHS, dtype=float), series), _Sums(series, len(rows))
    whole = np.ones(series, dtype=bool)
    logs, positive = np.zeros((len(_WIDTHS), len(rows), series)), np.zeros((len(rows), series), dtype=bool)
    for row, given in enumerate(rows):
        slot = (first_weekday * steps + row) % slots
        known = ~np.isnan(given)
        values, shares = np.where(known, given, 0.0), profile.of(slot)
        positive[row] = level.now > 0
        past.add(row, values, shares, known, level.now, level.former)
        sums, means, former, good = past.ending(row)
        good &= known
        ready = good & (level.days >= _READY * steps)
        logs[:, row] = _signed(sums, means, scatter, whole, ready, candidate)
        changed = (former > 0) & (logs[:, row] != 0)
        if changed.any():
            by_former = _signed(sums, np.where(changed, former, 1.0), scatter, whole, changed, candidate)
            logs[:, row][changed] = beyond_both(logs[:, row][changed], by_former[changed])
        scatter.learn(sums, means, shares, good & (level.days >= _LEARNING), whole)
        deviation = scatter.of_a_day(level.scale * shares, whole)
        mean = level.now * shares
        past.begin_anew(row, level.learn(values, shares, deviation, known))
        scatter.forget(profile.learn(slot, *_relative(values, mean, level, deviation, known)))
        whole = whole & (values == np.round(values))
    rises, falls = (_on_scale(one).reshape(cells.shape) for one in _each_way(logs))
    return SeenDays(rises, falls, positive.T.reshape(cells.shape))


def _relative(values: Floats, mean: Floats, level: DayLevel, deviation: Floats, known: Bools) -> tuple[Floats, Bools]:
    """A day as multiples of the level, without outliers, and where that says something."""
    sound = known & (level.now > 0)
    bound = np.where(level.days <= _LEARNING, np.inf, _OUTLIER * deviation)
    return np.clip(values, mean - bound, mean + bound) / np.where(sound, level.now, 1.0), sound


def _each_way(logs: Floats) -> tuple[Floats, Floats]:
    """The most surprised width, (series, rows), as a rise and as a fall."""
    signed = [np.copysign(tempered(np.abs(one.T[:, :, None]))[:, :, 0], one.T) for one in logs]
    return np.max(signed, axis=0), -np.min(signed, axis=0)


def _on_scale(worst: Floats) -> Floats:
    """What one chance in the rows of a history brings is worth 2."""
    chances = 2.0 * len(_WIDTHS) * _HISTORY
    return np.maximum(worst / np.log(10.0) + 2.0 + _ALIKE - np.log10(chances), 0.0)


def _signed(sums: Floats, means: Floats, scatter: DayScatter, whole: Bools, good: Bools, candidate: float) -> Floats:
    """Minus the logarithm of the tail, negative of a fall; 0 for what is off by little, or not to be judged."""
    logs = np.zeros_like(sums)
    off = (sums - means) ** 2 / scatter.variance(means, whole)
    judged = good & (off > candidate**2)
    if judged.any():
        tails = scatter.tails(means, whole)
        narrow = tail(sums[judged], means[judged], tails.unit[judged], tails.excess[judged])
        wide = -np.log(np.maximum(stdtr(tails.freedom[judged], ndtri_exp(narrow)), 1e-300))
        most = np.where(off[judged] > _CANDIDATE**2, np.inf, _NEARLY)
        logs[judged] = np.copysign(np.minimum(wide, most), (sums - means)[judged])
    return logs
