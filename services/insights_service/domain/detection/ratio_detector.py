"""Judge ratios by the number of events given their exposure, such as purchases given sessions or leads given spend.

The expected number is the exposure times the usual rate of the last weeks, by hour of the day and day of the week; the
exposure is taken as given. The distribution is a negative binomial, fitted to the series' own past. Its unit is 1 for
counts, so that a few events are never an anomaly, and the usual size of an event for money. Sums of a step, of some
hours and of a day (by days: of one, three, seven and fourteen) are each compared with the rate known before they began.
The scores are on the same scale as those of detect.py.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.dispersion import FEWEST_SUMS, OUTLIER, fit_dispersion, log_tail
from services.insights_service.domain.detection.heavy_tails import correct_heavy_tails

_LEVEL, _BASE, _SCATTER, _SEASON = 14.0, 28.0, 42.0, 42.0  # Half-lives, in days.
_READY = {True: 14, False: 28}  # Days with exposure before anything is judged, for hourly and for daily series.
_PRIOR = 50.0  # Prior weight of a seasonal factor of 1, in events per hour of the day and per weekday.
_WEIGHTIEST = 3.0  # A step moves the rate at most as much as one with this many times the usual exposure.
_CALM = 3.0  # Deviations are limited to this many standard deviations before the rate learns from them.
_CANDIDATE = 2.2  # Standard deviations from which on the exact tail is computed.
# If lower scores than _MILD are asked for, the limit is _NEAR, with a surprise of _NEARLY at most (as in day_detector).
_MILD, _NEAR, _NEARLY = 0.5, 1.2, 4.6
_PRESENT = 0.75  # Share of a window that must be known.
_WIDTHS = {True: (1, 3, 6, 24), False: (1, 3, 7, 14)}
_HISTORY = 60.0, 400.0  # Days and steps; what happens once in the longer has score 2, as in seasonal_detector.py.
# Neighbouring sums overlap, hours more than days; this reduces the number of independent tests, in powers of ten.
_DEPENDENCE = {True: 0.8, False: 0.2}
_TINY = 1e-100


class Chances(NamedTuple):
    """Events and their exposure, (series, steps), NaN for gaps.

    `floor` is the least ratio of the variance of events to their mean: 1 for counts, more for money.
    """

    events: Floats
    exposure: Floats
    floor: Floats


class RatiosSeen(NamedTuple):
    """Scores as rises and as falls of events, the usual rate including each step, and the seasonal factors.

    Each is (series, steps).

    `unit` and `excess` are the dispersion of sums by width of the window, as known before each window.
    """

    rises: Floats
    falls: Floats
    rate: Floats
    season: Floats
    unit: dict[int, Floats]
    excess: dict[int, Floats]


def judge_ratios(chances: Chances, a_day: int, least: float = _MILD) -> RatiosSeen:
    """Judge series of whole days, from midnight on, with `a_day` steps a day (24 or 1).

    `least` is the lowest score to report.
    """
    candidate = _CANDIDATE if least >= _MILD else _NEAR
    by_hours = a_day > 1
    present = np.isfinite(chances.events) & np.isfinite(chances.exposure)
    events = np.where(present, chances.events, 0.0)
    exposure = np.where(present, np.maximum(chances.exposure, 0.0), 0.0)
    floor = np.maximum(np.nan_to_num(chances.floor), _TINY)
    usual = _ratio(_decayed(events, _BASE * a_day), _decayed(exposure, _BASE * a_day))
    means = _shifted(usual, 1) * exposure
    season = _season(_limited(events, means, floor, a_day), means, floor, a_day)
    exposure = exposure * season
    rate = _rate(events, exposure, floor, a_day)
    ready = np.cumsum(exposure > 0, axis=1) >= _READY[by_hours] * a_day
    logs, unit, excess = list[Floats](), dict[int, Floats](), dict[int, Floats]()
    for width in _WIDTHS[by_hours]:
        sums, chance = _window_sums(events, width), _shifted(rate, width) * _window_sums(exposure, width)
        usable = ready & (chance > 0) & (_window_sums(present.astype(float), width) >= _PRESENT * width)
        unit[width], excess[width] = _scatter(sums, chance, usable, floor, width, a_day)
        logs.append(_signed_logs(sums, chance, usable, unit[width], excess[width], candidate))
    return RatiosSeen(*_surprise(logs, a_day), rate, season, unit, excess)


def _rate(events: Floats, exposure: Floats, floor: Floats, a_day: int) -> Floats:
    """Return the rate up to and including each step, robust to steps of large exposure and to outliers."""
    average = _shifted(_mean(exposure, exposure > 0, _BASE * a_day), 1)
    weight = np.where(average > 0, np.minimum(1.0, _WEIGHTIEST * average / np.maximum(exposure, _TINY)), 1.0)
    denominator = _decayed(exposure * weight, _LEVEL * a_day)
    raw_rate = _ratio(_decayed(events * weight, _LEVEL * a_day), denominator)
    limited = _limited(events, _shifted(raw_rate, 1) * exposure, floor, a_day)
    return _ratio(_decayed(limited * weight, _LEVEL * a_day), denominator)


def _season(events: Floats, means: Floats, floor: Floats, a_day: int) -> Floats:
    """Return the seasonal factor of each step, by hour of the day and day of the week, from earlier steps."""
    prior = _PRIOR * np.maximum(floor, _variance_ratio(events, means, a_day))
    hours = np.ones_like(means)
    if a_day > 1:
        hours = _factor(events, means, prior, a_day, _SEASON)
    shape = (len(means), -1, a_day)
    daily, expected = events.reshape(shape).sum(axis=2), (means * hours).reshape(shape).sum(axis=2)
    weekdays = _factor(daily, expected, prior[:, ::a_day], 7, _SEASON / 7)
    return hours * np.repeat(weekdays, a_day, axis=1)


def _factor(events: Floats, means: Floats, prior: Floats, period: int, half_life: float) -> Floats:
    series, steps = means.shape
    padding = -steps % period

    def apart(values: Floats) -> Floats:
        return np.pad(values, ((0, 0), (0, padding))).reshape(series, -1, period)

    has_exposure = apart((means > 0).astype(float))
    observed, expected = (_shifted(_decayed(apart(each) * has_exposure, half_life), 1) for each in (events, means))
    prior_events = np.maximum(apart(prior), _TINY)
    return ((observed + prior_events) / (expected + prior_events)).reshape(series, -1)[:, :steps]


def _variance_ratio(events: Floats, means: Floats, a_day: int) -> Floats:
    """Return the variance over the mean, from absolute deviations before each step, which are robust to outliers.

    They are limited by the deviations before them, so that a surge of some days hides no plunge that follows it.
    """
    positive = means > 0
    apart = np.where(positive, np.abs(events - means) / np.sqrt(np.where(positive, means, 1.0)), 0.0)
    usual = _earlier_mean(apart, positive, a_day)
    limited = np.minimum(apart, np.where(usual > 0, _CALM * np.sqrt(np.pi / 2) * usual, np.inf))
    return np.pi / 2 * _earlier_mean(limited, positive, a_day) ** 2


def _earlier_mean(values: Floats, known: Bools, a_day: int) -> Floats:
    return _shifted(_mean(values, known, _SCATTER * a_day), 1)


def _limited(events: Floats, means: Floats, floor: Floats, a_day: int) -> Floats:
    limit = _CALM * np.sqrt(np.maximum(floor, _variance_ratio(events, means, a_day)) * means)
    return np.where(means > 0, np.clip(events, means - limit, means + limit), events)


def _scatter(
    sums: Floats, means: Floats, usable: Bools, floor: Floats, width: int, a_day: int
) -> tuple[Floats, Floats]:
    """Return the unit and excess of a window's sums, from the sums that ended before each began."""
    mean = np.where(usable, np.maximum(means, _TINY), 1.0)
    variance_ratio = np.maximum(
        floor, _variance_ratio(np.where(usable, sums, 0.0), np.where(usable, means, 0.0), a_day)
    )
    average = np.maximum(_shifted(_mean(mean, usable, _SCATTER * a_day), 1), _TINY)
    apart = np.minimum((sums - mean) ** 2 / mean, OUTLIER * variance_ratio * np.maximum(mean / average, 1.0))
    parts = (np.ones_like(mean), mean, mean**2, apart, apart * mean)
    moments = np.array([_shifted(_decayed(np.where(usable, each, 0.0), _SCATTER * a_day), width) for each in parts])
    unit, excess = fit_dispersion(moments, floor)
    known = moments[0] >= FEWEST_SUMS + width
    return np.where(known, unit, np.inf), np.where(known, excess, 0.0)


def _signed_logs(sums: Floats, means: Floats, usable: Bools, unit: Floats, excess: Floats, candidate: float) -> Floats:
    """Return minus the logarithms of tails, signed like the deviations; 0 for small deviations and unjudged sums."""
    logs = np.zeros_like(sums)
    with np.errstate(invalid="ignore"):
        squared, variance = (sums - means) ** 2, means * (unit + excess * means)
        far, near = (squared > least**2 * variance for least in (_CANDIDATE, candidate))
    judged = usable & np.isfinite(unit) & near
    logs[judged] = -log_tail(sums[judged], means[judged], unit[judged], excess[judged])
    return np.copysign(np.where(far, logs, np.minimum(logs, _NEARLY)), sums - means)


def _surprise(logs: list[Floats], a_day: int) -> tuple[Floats, Floats]:
    """Return the scores of the most surprising window for each direction, corrected for heavy tails in the past."""
    highest, lowest = np.zeros_like(logs[0]), np.zeros_like(logs[0])
    for each in logs:
        by_days = np.abs(each).reshape(len(each), -1, a_day)
        corrected = np.copysign(correct_heavy_tails(by_days).reshape(each.shape), each)
        highest, lowest = np.maximum(highest, corrected), np.minimum(lowest, corrected)
    chances = 2.0 * len(logs) * max(_HISTORY[0] * a_day, _HISTORY[1])
    offset = 2.0 + _DEPENDENCE[a_day > 1] - np.log10(chances)
    return np.maximum(highest / np.log(10.0) + offset, 0.0), np.maximum(-lowest / np.log(10.0) + offset, 0.0)


def _decayed(values: Floats, half_life: float) -> Floats:
    """Return exponentially weighted sums along the second axis up to each step, with half-life `half_life` in steps."""
    weights = np.exp2(np.arange(values.shape[1]) / half_life).reshape(-1, *(1,) * (values.ndim - 2))
    return np.cumsum(values * weights, axis=1) / weights


def _mean(values: Floats, known: Bools, half_life: float) -> Floats:
    return _ratio(_decayed(np.where(known, values, 0.0), half_life), _decayed(known.astype(float), half_life))


def _shifted(values: Floats, steps: int) -> Floats:
    """Shift by `steps` along the second axis; the first values are 0."""
    shifted = np.zeros_like(values)
    shifted[:, steps:] = values[:, :-steps]
    return shifted


def _window_sums(values: Floats, width: int) -> Floats:
    """Return sums of the last `width` steps."""
    total = np.cumsum(values, axis=1)
    return total - _shifted(total, width)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    positive = denominator > 0
    return np.where(positive, numerator / np.where(positive, denominator, 1.0), 0.0)
