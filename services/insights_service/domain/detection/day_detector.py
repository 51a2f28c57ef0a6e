"""Judge daily series, from four weeks on, by a level, a weekday profile and a negative binomial with widened tails.

Sums of one, three and seven days are compared with the level before they began, so that no value is part of its own
expectation. In a young series the variance is shrunk towards the usual one (day_scatter.py).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri_exp, stdtr

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.day_level import DayLevel
from services.insights_service.domain.detection.day_scatter import DayScatter
from services.insights_service.domain.detection.dispersion import log_tail
from services.insights_service.domain.detection.former_level import beyond_both
from services.insights_service.domain.detection.heavy_tails import correct_heavy_tails
from services.insights_service.domain.detection.weekday_profile import WeekdayProfile

_READY = 28  # Days before anything is judged.
_LEARNING = 7  # Days before the scatter is learnt and before outliers are limited.
_WIDTHS = (1, 3, 7)
_OUTLIER = 3.0  # Deviations are limited to this many standard deviations before the profile learns from them.
_CANDIDATE = 2.0  # Standard deviations from which on the exact tail is computed.
# If lower scores than _MILD are asked for, the limit is _NEAR. Sums between _NEAR and _CANDIDATE get at most the
# surprise of one in 45 (minus its logarithm), so that they are reported as mild only, and make no other sum less
# surprising.
_MILD, _NEAR, _NEARLY = 1.0, 1.1, 3.8
_PRESENT = 0.6  # Share of a window that must be known.
_HISTORY = 200.0  # Rows; a tail that chance brings once in them has score 2.
_DEPENDENCE = 0.8  # Neighbouring sums overlap; this reduces the number of independent tests, in powers of ten.


class SeenDays(NamedTuple):
    """Scores as rises and as falls, and whether there was a level to judge by, (series, days, steps) each."""

    rises: Floats
    falls: Floats
    judged: Bools


class _WindowSums(NamedTuple):
    """The sums that end at one row, (widths, series) each."""

    sums: Floats
    means: Floats
    former: Floats  # Expected by the level before a change, while that one is still usual; else 0.
    usable: Bools  # Whether the sum can be judged.


class _RunningSums:
    """Running totals of values, shares and known rows, and the levels known before each row."""

    def __init__(self, series: int, rows: int) -> None:
        self._totals = np.zeros((rows + 1, 3, series))
        self._levels, self._formers = np.zeros((2, rows, series))
        self._first_begin = np.zeros(series)

    def add(self, row: int, values: Floats, shares: Floats, known: Bools, level: Floats, former: Floats) -> None:
        """Add a row, with its level and its former level as known before the row."""
        self._totals[row + 1] = self._totals[row] + np.array([values, np.where(known, shares, 0.0), known])
        self._levels[row], self._formers[row] = level, former

    def reset(self, row: int, is_reset: Bools) -> None:
        """Exclude windows that begin at this row or before it, because the levels of these series were reset."""
        self._first_begin = np.where(is_reset, row + 1, self._first_begin)

    def windows_at(self, row: int) -> _WindowSums:
        """Return the sums that end at this row and the means expected by the level before each sum began."""
        begins = [max(row + 1 - width, 0) for width in _WIDTHS]
        sums, parts, known_rows = np.moveaxis(self._totals[row + 1] - self._totals[begins], 1, 0)
        means = self._levels[begins] * parts
        widths, first_rows = np.array(_WIDTHS)[:, None], np.array(begins)[:, None]
        usable = (known_rows >= _PRESENT * widths) & (first_rows >= self._first_begin) & (means > 0)
        return _WindowSums(sums, np.where(usable, means, 1.0), self._formers[begins] * parts, usable)


def days_surprise(cells: Floats, first_weekday: int, least: float | None = None) -> SeenDays:
    """Judge series laid out by days, (series, days, steps), NaN for gaps.

    `least` is the lowest score to report; None stands for that of clear findings.
    """
    candidate = _CANDIDATE if least is None or least >= _MILD else _NEAR
    series, days, steps = cells.shape
    rows = np.moveaxis(cells.reshape(series, days * steps), 1, 0)
    slots = 7 * steps
    level, profile = DayLevel(series), WeekdayProfile(series, slots)
    scatter, running = DayScatter(np.array(_WIDTHS, dtype=float), series), _RunningSums(series, len(rows))
    is_count = np.ones(series, dtype=bool)
    logs, has_level = np.zeros((len(_WIDTHS), len(rows), series)), np.zeros((len(rows), series), dtype=bool)
    for row, observed in enumerate(rows):
        slot = (first_weekday * steps + row) % slots
        known = ~np.isnan(observed)
        values, shares = np.where(known, observed, 0.0), profile.of(slot)
        has_level[row] = level.now > 0
        running.add(row, values, shares, known, level.now, level.former)
        sums, means, former, usable = running.windows_at(row)
        usable &= known
        ready = usable & (level.days >= _READY * steps)
        logs[:, row] = _signed_logs(sums, means, scatter, is_count, ready, candidate)
        changed = (former > 0) & (logs[:, row] != 0)
        if changed.any():
            by_former = _signed_logs(sums, np.where(changed, former, 1.0), scatter, is_count, changed, candidate)
            logs[:, row][changed] = beyond_both(logs[:, row][changed], by_former[changed])
        scatter.learn(sums, means, shares, usable & (level.days >= _LEARNING), is_count)
        deviation = scatter.of_a_day(level.scale * shares, is_count)
        mean = level.now * shares
        running.reset(row, level.learn(values, shares, deviation, known))
        scatter.forget(profile.learn(slot, *_relative(values, mean, level, deviation, known)))
        is_count = is_count & (values == np.round(values))
    rises, falls = (_scores(each).reshape(cells.shape) for each in _by_direction(logs))
    return SeenDays(rises, falls, has_level.T.reshape(cells.shape))


def _relative(values: Floats, mean: Floats, level: DayLevel, deviation: Floats, known: Bools) -> tuple[Floats, Bools]:
    """Return a day as multiples of the level, with outliers limited, and for which series this is defined."""
    is_defined = known & (level.now > 0)
    bound = np.where(level.days <= _LEARNING, np.inf, _OUTLIER * deviation)
    return np.clip(values, mean - bound, mean + bound) / np.where(is_defined, level.now, 1.0), is_defined


def _by_direction(logs: Floats) -> tuple[Floats, Floats]:
    """Return the largest tail logarithms of all widths, (series, rows), for rises and for falls."""
    signed = [np.copysign(correct_heavy_tails(np.abs(each.T[:, :, None]))[:, :, 0], each.T) for each in logs]
    return np.max(signed, axis=0), -np.min(signed, axis=0)


def _scores(worst: Floats) -> Floats:
    """Convert tail logarithms to scores, where 2 is what chance brings once in `_HISTORY` rows."""
    chances = 2.0 * len(_WIDTHS) * _HISTORY
    return np.maximum(worst / np.log(10.0) + 2.0 + _DEPENDENCE - np.log10(chances), 0.0)


def _signed_logs(
    sums: Floats, means: Floats, scatter: DayScatter, is_count: Bools, usable: Bools, candidate: float
) -> Floats:
    """Return minus the logarithms of tails, signed like the deviations; 0 for small deviations and unjudged sums."""
    logs = np.zeros_like(sums)
    squared = (sums - means) ** 2 / scatter.variance(means, is_count)
    judged = usable & (squared > candidate**2)
    if judged.any():
        tails = scatter.tails(means, is_count)
        log_tails = log_tail(sums[judged], means[judged], tails.unit[judged], tails.excess[judged])
        widths = -np.log(np.maximum(stdtr(tails.freedom[judged], ndtri_exp(log_tails)), 1e-300))
        limit = np.where(squared[judged] > _CANDIDATE**2, np.inf, _NEARLY)
        logs[judged] = np.copysign(np.minimum(widths, limit), (sums - means)[judged])
    return logs
