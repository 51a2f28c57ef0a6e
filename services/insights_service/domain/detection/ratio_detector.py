"""Ratios, judged through both of their parts: how many events came, given what they had the chance to come of.

Purchases come of sessions, clicks of impressions, leads of spend. Expected is the usual ratio of the last weeks, by the
hour of the day and the day of the week, times what there was; what was there is taken as it came. Scatter is that of
the negative binomial, fitted to the series' own past: its unit is 1 for counts, so that few are never strange, and the
usual size of one for money. Sums of a step, some and a day (a day, three, a week and two) are each held against the
ratio that was known before them, and a ratio is judged on the same scale as every series (detect.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.dispersion import FEWEST_SUMS, OUTLIER, fitted, tail
from services.insights_service.domain.detection.heavy_tails import tempered

_LEVEL, _BASE, _SCATTER, _SEASON = 14.0, 28.0, 42.0, 42.0  # days after which what was seen counts half
_READY = {True: 14, False: 28}  # days with a chance of events before anything is judged: by hours; by days
_PRIOR = 50.0  # events, as if so many had come in every hour of the day, and on every weekday, as usual
_WEIGHTIEST = 3.0  # times the usual: a step with a larger chance of events moves the ratio no more
_CALM = 3.0  # standard deviations beyond which a step does not move the ratio
_CANDIDATE = 2.2  # standard deviations below which nothing is worth an exact tail
# If lower scores than _MILD are asked for, the limit is _NEAR, with a surprise of _NEARLY at most (as in day_detector).
_MILD, _NEAR, _NEARLY = 0.5, 1.2, 4.6
_PRESENT = 0.75  # of a window must be there
_WIDTHS = {True: (1, 3, 6, 24), False: (1, 3, 7, 14)}
_HISTORY = 60.0, 400.0  # days and steps, the longer: what happens once in it is worth 2, as in seasonal_detector.py
_ALIKE = {True: 0.8, False: 0.2}  # powers of ten: neighbouring hours say the same thing, neighbouring days less so
_TINY = 1e-100


class Chances(NamedTuple):
    """Of series, (series, steps): events, and what they came of; NaN where nothing is known.

    `floor` is the least that the variance of events is of their mean: 1 of counts, more of money.
    """

    events: Floats
    exposure: Floats
    floor: Floats


class RatiosSeen(NamedTuple):
    """By series and step: how surprising, the usual ratio with that step, and its season's factor.

    `unit` and `excess` are, by width of window, the scatter of its sums that was known before it.
    """

    surprise: Floats
    rate: Floats
    season: Floats
    unit: dict[int, Floats]
    excess: dict[int, Floats]


def judge_ratios(chances: Chances, a_day: int, least: float = _MILD) -> RatiosSeen:
    """Judge series of whole days from midnight on, of so many steps a day (24 or 1).

    `least` is the lowest score that is asked for.
    """
    candidate = _CANDIDATE if least >= _MILD else _NEAR
    by_hours = a_day > 1
    present = np.isfinite(chances.events) & np.isfinite(chances.exposure)
    events = np.where(present, chances.events, 0.0)
    exposure = np.where(present, np.maximum(chances.exposure, 0.0), 0.0)
    floor = np.maximum(np.nan_to_num(chances.floor), _TINY)
    usual = _over(_decayed(events, _BASE * a_day), _decayed(exposure, _BASE * a_day))
    means = _later(usual, 1) * exposure
    season = _season(_calm(events, means, floor, a_day), means, floor, a_day)
    exposure = exposure * season
    rate = _rate(events, exposure, floor, a_day)
    ready = np.cumsum(exposure > 0, axis=1) >= _READY[by_hours] * a_day
    logs, unit, excess = list[Floats](), dict[int, Floats](), dict[int, Floats]()
    for width in _WIDTHS[by_hours]:
        sums, chance = _summed(events, width), _later(rate, width) * _summed(exposure, width)
        good = ready & (chance > 0) & (_summed(present.astype(float), width) >= _PRESENT * width)
        unit[width], excess[width] = _scatter(sums, chance, good, floor, width, a_day)
        logs.append(_tails(sums, chance, good, unit[width], excess[width], candidate))
    return RatiosSeen(_surprise(logs, a_day), rate, season, unit, excess)


def _rate(events: Floats, exposure: Floats, floor: Floats, a_day: int) -> Floats:
    """Events a unit of exposure, with each step; no step counts for more than is usual, or is further off."""
    often = _later(_mean(exposure, exposure > 0, _BASE * a_day), 1)
    weight = np.where(often > 0, np.minimum(1.0, _WEIGHTIEST * often / np.maximum(exposure, _TINY)), 1.0)
    below = _decayed(exposure * weight, _LEVEL * a_day)
    first = _over(_decayed(events * weight, _LEVEL * a_day), below)
    calm = _calm(events, _later(first, 1) * exposure, floor, a_day)
    return _over(_decayed(calm * weight, _LEVEL * a_day), below)


def _season(events: Floats, means: Floats, floor: Floats, a_day: int) -> Floats:
    """How much more than usual comes at an hour of the day and on a day of the week, as earlier ones had it."""
    prior = _PRIOR * np.maximum(floor, _unit(events, means, a_day))
    hours = np.ones_like(means)
    if a_day > 1:
        hours = _factor(events, means, prior, a_day, _SEASON)
    shape = (len(means), -1, a_day)
    daily, expected = events.reshape(shape).sum(axis=2), (means * hours).reshape(shape).sum(axis=2)
    weekdays = _factor(daily, expected, prior[:, ::a_day], 7, _SEASON / 7)
    return hours * np.repeat(weekdays, a_day, axis=1)


def _factor(events: Floats, means: Floats, prior: Floats, period: int, half: float) -> Floats:
    series, steps = means.shape
    more = -steps % period

    def apart(values: Floats) -> Floats:
        return np.pad(values, ((0, 0), (0, more))).reshape(series, -1, period)

    there = apart((means > 0).astype(float))
    came, expected = (_later(_decayed(apart(one) * there, half), 1) for one in (events, means))
    pull = np.maximum(apart(prior), _TINY)
    return ((came + pull) / (expected + pull)).reshape(series, -1)[:, :steps]


def _unit(events: Floats, means: Floats, a_day: int) -> Floats:
    """The variance over the mean, from absolute deviations before each step: one strange step moves it little."""
    some = means > 0
    apart = np.where(some, np.abs(events - means) / np.sqrt(np.where(some, means, 1.0)), 0.0)
    return np.pi / 2 * _later(_mean(apart, some, _SCATTER * a_day), 1) ** 2


def _calm(events: Floats, means: Floats, floor: Floats, a_day: int) -> Floats:
    wide = _CALM * np.sqrt(np.maximum(floor, _unit(events, means, a_day)) * means)
    return np.where(means > 0, np.clip(events, means - wide, means + wide), events)


def _scatter(sums: Floats, means: Floats, good: Bools, floor: Floats, width: int, a_day: int) -> tuple[Floats, Floats]:
    """Unit and excess of a window's sums, from those that ended before each began."""
    mean = np.where(good, np.maximum(means, _TINY), 1.0)
    rough = np.maximum(floor, _unit(np.where(good, sums, 0.0), np.where(good, means, 0.0), a_day))
    often = np.maximum(_later(_mean(mean, good, _SCATTER * a_day), 1), _TINY)
    apart = np.minimum((sums - mean) ** 2 / mean, OUTLIER * rough * np.maximum(mean / often, 1.0))
    parts = (np.ones_like(mean), mean, mean**2, apart, apart * mean)
    seen = np.array([_later(_decayed(np.where(good, one, 0.0), _SCATTER * a_day), width) for one in parts])
    unit, excess = fitted(seen, floor)
    known = seen[0] >= FEWEST_SUMS + width
    return np.where(known, unit, np.inf), np.where(known, excess, 0.0)


def _tails(sums: Floats, means: Floats, good: Bools, unit: Floats, excess: Floats, candidate: float) -> Floats:
    logs = np.zeros_like(sums)
    with np.errstate(invalid="ignore"):
        off, variance = (sums - means) ** 2, means * (unit + excess * means)
        far, near = (off > least**2 * variance for least in (_CANDIDATE, candidate))
    at = good & np.isfinite(unit) & near
    logs[at] = tail(sums[at], means[at], unit[at], excess[at])
    return np.where(far, logs, np.maximum(logs, -_NEARLY))


def _surprise(logs: list[Floats], a_day: int) -> Floats:
    """The most surprised window, where heavy tails of the past make later extremes less surprising."""
    worst = np.zeros_like(logs[0])
    for one in logs:
        worst = np.maximum(worst, tempered(-one.reshape(len(one), -1, a_day)).reshape(one.shape))
    chances = 2.0 * len(logs) * max(_HISTORY[0] * a_day, _HISTORY[1])
    return np.maximum(worst / np.log(10.0) + 2.0 + _ALIKE[a_day > 1] - np.log10(chances), 0.0)


def _decayed(values: Floats, half: float) -> Floats:
    """Sums along the second axis up to each step, in which what lies so many steps back counts half."""
    weights = np.exp2(np.arange(values.shape[1]) / half).reshape(-1, *(1,) * (values.ndim - 2))
    return np.cumsum(values * weights, axis=1) / weights


def _mean(values: Floats, known: Bools, half: float) -> Floats:
    return _over(_decayed(np.where(known, values, 0.0), half), _decayed(known.astype(float), half))


def _later(values: Floats, steps: int) -> Floats:
    """As it was so many steps before; 0 at first."""
    moved = np.zeros_like(values)
    moved[:, steps:] = values[:, :-steps]
    return moved


def _summed(values: Floats, width: int) -> Floats:
    """Sums of the last steps, so many."""
    total = np.cumsum(values, axis=1)
    return total - _later(total, width)


def _over(top: Floats, below: Floats) -> Floats:
    some = below > 0
    return np.where(some, top / np.where(some, below, 1.0), 0.0)
