"""Learn the season of series day by day: a weekly profile times a slowly moving level, and the dispersion around it.

The expectation of a day uses only what was known before it: the profile of earlier weeks and the level of earlier days.
The sum of a whole day uses the level of the day before. No value is therefore part of its own expectation.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.dispersion import Dispersion
from services.insights_service.domain.detection.level_shift import WEEK_DAYS, Level
from services.insights_service.domain.detection.seasonal_profile import SeasonalProfile

_OUTLIER = 3.0  # Values are limited to this many standard deviations before profile and level learn from them.
PRESENT = 0.75  # Share of a window that must be known.
_HALF = 0.5  # Share of a day that must be known for it to move profile and level.
_FADE = 0.95  # Decay per day of the errors that make up the merit.
# A series with a larger share of negative values is neither counts nor money, and no profile times a level.
_BELOW = 0.05
_SCATTER = 1e-4, 1e4  # Bounds of the relative variance of a day's level.


class Season(NamedTuple):
    """The values of many series, and what was known before each day."""

    values: Floats  # (days, series, steps), 0 for gaps.
    known: Bools
    shares: Floats  # The profile: expected shares of the level.
    # The level, the level a day earlier, and the level before a recent change (else 0), (days, series) each.
    now: Floats
    before: Floats
    former: Floats
    age: Floats  # Days that the level has seen.
    is_count: Bools  # Whether the series so far looks like counts.
    unit: Floats  # (days, 2, series): the dispersion of single steps and of sums of a day.
    excess: Floats
    merit: Floats  # (series, days): the share of the variance that the profile explains.

    def of(self, selected: NDArray[np.int64]) -> "Season":
        """Select some of the series."""
        return Season(
            values=self.values[:, selected],
            known=self.known[:, selected],
            shares=self.shares[:, selected],
            now=self.now[:, selected],
            before=self.before[:, selected],
            former=self.former[:, selected],
            age=self.age[:, selected],
            is_count=self.is_count[:, selected],
            unit=self.unit[:, :, selected],
            excess=self.excess[:, :, selected],
            merit=self.merit[selected],
        )


def season_of(cells: Floats, first_weekday: int) -> Season:
    """Learn the season of series laid out by days, (series, days, steps), NaN for gaps."""
    series, days, steps = cells.shape
    cells = np.ascontiguousarray(cells.swapaxes(0, 1))
    known = ~np.isnan(cells)
    values = np.where(known, cells, 0.0)
    all_integers = (values == np.round(values)).all(axis=2)
    day_sums, known_steps = sums_of(values, steps), sums_of(known, steps)
    is_covered = known & (known_steps >= PRESENT * steps)
    profile, level, scatter = SeasonalProfile(series, steps), Level(series), Dispersion((2, series))
    merit, is_count = _Merit(series), np.ones(series, dtype=bool)
    all_shares = np.zeros_like(values)
    before = list[tuple[Floats, Floats, Floats, Floats, Bools, Floats, Floats, Floats]]()
    earlier = np.zeros((series, steps))  # Sums of the shares of the day before, after each step to the day's end.
    for day in range(days):
        shares = all_shares[day] = profile.of((first_weekday + day) % 7)
        parts = np.cumsum(np.where(known[day], shares, 0.0), axis=1)
        means = np.stack([level.now[:, None] * shares, level.before[:, None] * (parts + earlier)])
        earlier = parts[:, -1:] - parts
        started = (level.days >= WEEK_DAYS)[:, None]
        usable = np.stack([known[day], is_covered[day]])
        usable &= started & (means > 0)
        before.append(
            (level.now, level.before, level.former, level.days, is_count, scatter.unit, scatter.excess, merit.share)
        )
        scatter.learn(np.stack([values[day], day_sums[day]]), means, usable, is_count)
        merit.note(values[day], level.now[:, None], means[0], known[day] & started)
        _learn(profile, level, (first_weekday + day) % 7, values[day], shares, known[day], scatter)
        is_count = is_count & all_integers[day] & ~scatter.underdispersed[0]
    now, a_day_before, former, age, are_counts, unit, excess, merits = (
        np.array(each) for each in zip(*before, strict=True)
    )
    return Season(values, known, all_shares, now, a_day_before, former, age, are_counts, unit, excess, merits.T)


def sums_of(values: Floats | Bools, width: int) -> Floats:
    """Return the sums of the last `width` steps up to each step, (days, series, steps); at most one day of steps."""
    if width == 1:
        return values.astype(np.float64, copy=False)
    steps = values.shape[2]
    totals = np.cumsum(values, axis=2, dtype=np.float64)
    sums = totals.copy()
    sums[:, :, width:] -= totals[:, :, :-width]
    sums[1:, :, :width] += totals[:-1, :, -1:] - totals[:-1, :, steps - width :]
    return sums


def _learn(
    profile: SeasonalProfile,
    level: Level,
    weekday: int,
    values: Floats,
    shares: Floats,
    known: Bools,
    scatter: Dispersion,
) -> None:
    (unit, day_unit), (excess, day_excess) = scatter.unit, scatter.excess
    young = level.days < WEEK_DAYS
    means = level.now[:, None] * shares
    limit = _OUTLIER * np.sqrt(unit[:, None] * np.abs(means) + excess[:, None] * means**2)
    limited = np.where(young[:, None], values, np.clip(values, means - limit, means + limit))
    limited = np.where(known, limited, 0.0)
    known_steps = known.sum(axis=1)
    present = known_steps >= _HALF * known.shape[1]
    parts = np.where(young, known_steps, np.where(known, shares, 0.0).sum(axis=1))
    parts = np.maximum(parts, 1e-9)
    raw, limited_level = values.sum(axis=1) / parts, limited.sum(axis=1) / parts
    expected = np.maximum(level.now * parts, np.finfo(float).tiny)
    scattered = np.sqrt(np.clip(day_unit / expected + day_excess, *_SCATTER))
    level.learn(raw, limited_level, scattered, present)
    level_of_day = np.where(young, level.now, limited_level)
    is_defined = present & (level_of_day > 0)
    profile.learn(weekday, limited / np.where(is_defined, level_of_day, 1.0)[:, None], known & is_defined[:, None])


class _Merit:
    """The share by which the profile reduces the squared errors of the level; 0 if many values are negative."""

    def __init__(self, series: int) -> None:
        self.share = np.zeros(series)
        self._with, self._without = np.zeros(series), np.zeros(series)
        self._known, self._below = np.zeros(series), np.zeros(series)

    def note(self, values: Floats, level: Floats, means: Floats, known: Bools) -> None:
        """Learn a day."""
        self._with = _FADE * self._with + np.where(known, (values - means) ** 2, 0.0).sum(axis=1)
        self._without = _FADE * self._without + np.where(known, (values - level) ** 2, 0.0).sum(axis=1)
        self._known = _FADE * self._known + known.sum(axis=1)
        self._below = _FADE * self._below + (known & (values < 0)).sum(axis=1)
        selected = (self._without > 0) & (self._below <= _BELOW * self._known)
        self.share = np.where(selected, 1.0 - self._with / np.where(selected, self._without, 1.0), 0.0)
