"""Judge seasonal series: compare sums of one step, of some hours and of a day with what their season expects."""

import numpy as np

from services.insights_service.domain.arrays import Floats, Ints
from services.insights_service.domain.detection.dispersion import Dispersion, deviates, log_tail
from services.insights_service.domain.detection.former_level import beyond_both
from services.insights_service.domain.detection.heavy_tails import correct_heavy_tails
from services.insights_service.domain.detection.level_shift import WEEK_DAYS
from services.insights_service.domain.detection.season import PRESENT, Season, sums_of

_HISTORY = 60.0, 400.0  # Days and rows; what happens once in the longer has score 2, as in conformal.py.
_READY = 14  # Days before anything is judged.
_CANDIDATE = 2.2  # Standard deviations from which on the exact tail is computed.
_LEAST_EXCESS = 1e-7  # So low that deviations below a thousandth of the level are no anomaly.
_DEPENDENCE = 0.8  # Neighbouring sums overlap; this reduces the number of independent tests, in powers of ten.
_AT_ONCE = 150_000  # Values that are judged together.


def seasonal_surprise(season: Season, selected: Ints) -> Floats:
    """Return the scores of `selected` of the series as rises and as falls, (2, series, days, steps)."""
    days, _, steps = season.values.shape
    found = np.zeros((2, len(selected), days, steps))
    count = max(_AT_ONCE // (days * steps), 1)
    for begin in range(0, len(selected), count):
        part = slice(begin, begin + count)
        found[:, part] = _surprise(season.of(selected[part]))
    return found


def _surprise(season: Season) -> Floats:
    """Return the scores of the most surprising window for each direction, corrected for heavy tails in the past."""
    steps = season.values.shape[2]
    some_hours = [_Window(season, width) for width in (max(steps // 8, 2), max(steps // 4, 3))]
    scatter = _scatter_of(season, some_hours)
    windows = [_Window(season, 1), *some_hours, _Window(season, steps)]
    unit = [season.unit[:, 0], *np.moveaxis(scatter[0], 1, 0), season.unit[:, 1]]
    excess = [season.excess[:, 0], *np.moveaxis(scatter[1], 1, 0), season.excess[:, 1]]
    highest, lowest = np.zeros((2, *season.merit.shape, steps))
    for window, *scattered in zip(windows, unit, excess, strict=True):
        logs = window.logs(season.age, *scattered).swapaxes(0, 1)
        logs = np.copysign(correct_heavy_tails(np.abs(logs)), logs)
        np.maximum(highest, logs, out=highest)
        np.minimum(lowest, logs, out=lowest)
    chances = 2.0 * len(windows) * max(_HISTORY[0] * steps, _HISTORY[1])
    log_tails = np.array([highest, -lowest])
    return np.maximum(log_tails / np.log(10.0) + 2.0 + _DEPENDENCE - np.log10(chances), 0.0)


class _Window:
    """Sums of one width, their expected values, and which of them can be judged, (days, series, steps) each."""

    def __init__(self, season: Season, width: int) -> None:
        a_day = width == season.values.shape[2]
        self.sums = sums_of(season.values, width)
        parts = sums_of(np.where(season.known, season.shares, 0.0), width) if width > 1 else season.shares
        self.level, self.former = season.before if a_day else season.now, season.former
        self.means = self.level[:, :, None] * parts
        started = (season.age >= WEEK_DAYS)[:, :, None]
        self.usable = season.known & started & (self.means > 0)
        if width > 1 and not season.known.all():
            self.usable &= sums_of(season.known, width) >= PRESENT * width

    def logs(self, age: Floats, unit: Floats, excess: Floats) -> Floats:
        """Return signed tail logarithms of the sums that deviate by `_CANDIDATE` standard deviations, 0 elsewhere."""
        logs = np.zeros_like(self.sums)
        ready = self.usable & (age >= _READY)[:, :, None]
        index = np.nonzero(ready & deviates(self.sums, self.means, unit[:, :, None], excess[:, :, None], _CANDIDATE))
        if not len(index[0]):
            return logs
        logs[index] = _signed_logs(self.sums[index], self.means[index], unit[index[:2]], excess[index[:2]])
        changed = (self.former > 0)[index[:2]]
        if changed.any():
            index = index[0][changed], index[1][changed], index[2][changed]
            means = self.means[index] * (self.former / np.where(self.level > 0, self.level, 1.0))[index[:2]]
            by_former = _signed_logs(self.sums[index], means, unit[index[:2]], excess[index[:2]])
            logs[index] = beyond_both(logs[index], by_former)
        return logs


def _signed_logs(sums: Floats, means: Floats, unit: Floats, excess: Floats) -> Floats:
    """Return minus the logarithms of tails, with the sign of the deviation; 0 for small deviations."""
    logs = -log_tail(sums, means, unit, excess, least_excess=_LEAST_EXCESS)
    return np.where(deviates(sums, means, unit, excess, _CANDIDATE), np.copysign(logs, sums - means), 0.0)


def _scatter_of(season: Season, windows: list[_Window]) -> tuple[Floats, Floats]:
    """Return the unit and excess of sums, (days, windows, series), as known before each day."""
    days, series, _ = season.values.shape
    scatter = Dispersion((len(windows), series))
    unit, excess = np.zeros((2, days, len(windows), series))
    sums, means, usable = (
        np.stack(each, axis=1) for each in zip(*((one.sums, one.means, one.usable) for one in windows), strict=True)
    )
    for day in range(days):
        unit[day], excess[day] = scatter.unit, scatter.excess
        scatter.learn(sums[day], means[day], usable[day], season.is_count[day])
    return unit, excess
