"""Series by the day: judged from four weeks on, by a level, days of the week as far as they show, and wide tails.

Sums of one day, of three and of seven are compared with the level before them, so that what is judged has no part in
its own measure. A young series knows few days; what they leave open is filled with what is usual (day_scatter.py).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri_exp, stdtr

from services.insights_service.domain.detection.day_level import DayLevel
from services.insights_service.domain.detection.day_scatter import DayScatter
from services.insights_service.domain.detection.dispersion import tail
from services.insights_service.domain.detection.heavy_tails import tempered
from services.insights_service.domain.detection.weekday_profile import WeekdayProfile

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

READY = 28  # days before anything is judged
_LEARNING = 7
_WIDTHS = (1, 3, 7)
_OUTLIER = 3.0  # standard deviations beyond which a day does not move the profile
_CANDIDATE = 2.0  # standard deviations below which nothing is worth an exact tail
_PRESENT = 0.6  # of a window must be there
_HISTORY = 400.0  # rows: what chance brings once in them is worth 2
_ALIKE = 0.8  # neighbouring sums say the same thing: so much fewer, in powers of ten, are chances to be wrong


class _Sums:
    """Sums over the last rows of values, of shares and of what was there, and the level before each row."""

    def __init__(self, series: int, rows: int) -> None:
        self._totals = np.zeros((rows + 1, 3, series))
        self._levels = np.zeros((rows, series))
        self._anew = np.zeros(series)

    def add(self, row: int, values: Floats, shares: Floats, known: Bools, level: Floats) -> None:
        """Take a row, and the level before it."""
        self._totals[row + 1] = self._totals[row] + np.array([values, np.where(known, shares, 0.0), known])
        self._levels[row] = level

    def begin_anew(self, row: int, anew: Bools) -> None:
        """After this row the levels of these series have nothing to do with those before."""
        self._anew = np.where(anew, row + 1, self._anew)

    def ending(self, row: int) -> tuple[Floats, Floats, Bools]:
        """Of each width the sums that end here, what was expected of them, and which can be judged: (widths, series)."""
        begins = [max(row + 1 - width, 0) for width in _WIDTHS]
        sums, parts, there = np.moveaxis(self._totals[row + 1] - self._totals[begins], 1, 0)
        means = self._levels[begins] * parts
        wide, begun = np.array(_WIDTHS)[:, None], np.array(begins)[:, None]
        good = (there >= _PRESENT * wide) & (begun >= self._anew) & (means > 0)
        return sums, np.where(good, means, 1.0), good


def days_surprise(cells: Floats, first_weekday: int) -> Floats:
    """How surprising each day is, (series, days, steps), NaN where nothing is: 0 and up."""
    series, days, steps = cells.shape
    rows = np.moveaxis(cells.reshape(series, days * steps), 1, 0)
    slots = 7 * steps
    level, profile = DayLevel(series), WeekdayProfile(series, slots)
    scatter, past = DayScatter(np.array(_WIDTHS, dtype=float), series), _Sums(series, len(rows))
    whole = np.ones(series, dtype=bool)
    logs = np.zeros((len(_WIDTHS), len(rows), series))
    for row, given in enumerate(rows):
        slot = (first_weekday * steps + row) % slots
        known = ~np.isnan(given)
        values, shares = np.where(known, given, 0.0), profile.of(slot)
        past.add(row, values, shares, known, level.now)
        sums, means, good = past.ending(row)
        good &= known
        variance = scatter.variance(means, whole)
        judged = good & (level.days >= READY * steps) & ((sums - means) ** 2 > _CANDIDATE**2 * variance)
        if judged.any():
            logs[:, row][judged] = _surprised(sums, means, scatter, whole, judged)
        scatter.learn(sums, means, good & (level.days >= _LEARNING), whole)
        mean = level.now * shares
        deviation = np.sqrt(np.where(good[0], variance[0], 0.0))
        bound = np.where(level.days < _LEARNING, np.inf, _OUTLIER * deviation)
        past.begin_anew(row, level.learn(values, shares, deviation, known))
        sound = known & (level.now > 0)
        calm = np.clip(values, mean - bound, mean + bound)
        scatter.forget(profile.learn(slot, calm / np.where(sound, level.now, 1.0), sound))
        whole = whole & (values == np.round(values))
    worst = np.zeros((series, len(rows), 1))
    for one in logs:
        worst = np.maximum(worst, tempered(one.T[:, :, None]))
    chances = 2.0 * len(_WIDTHS) * max(_HISTORY, 0)
    return np.maximum(worst / np.log(10.0) + 2.0 + _ALIKE - np.log10(chances), 0.0).reshape(cells.shape)


def _surprised(sums: Floats, means: Floats, scatter: DayScatter, whole: Bools, judged: Bools) -> Floats:
    """Minus logarithms of the tails of those that are judged."""
    tails = scatter.tails(means, whole)
    narrow = tail(sums[judged], means[judged], tails.unit[judged], tails.excess[judged])
    return -np.log(np.maximum(stdtr(tails.freedom[judged], ndtri_exp(narrow)), 1e-300))
