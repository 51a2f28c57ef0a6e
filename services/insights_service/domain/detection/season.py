"""What is known of a season before each day: a usual week times a slowly moving level, and how far off it was so far.

A day is measured by what was known before it: the profile of earlier weeks, the level of earlier days, and for the sum
of a whole day the level of the day before, so that what is judged has no part in its own measure.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.dispersion import Dispersion
from services.insights_service.domain.detection.level_shift import WEEK_DAYS, Level
from services.insights_service.domain.detection.seasonal_profile import SeasonalProfile

_OUTLIER = 3.0  # standard deviations beyond which a value does not move profile and level
PRESENT = 0.75  # of a window must be there
_HALF = 0.5  # and of a day that moves profile and level
_FADE = 0.95  # a day: how long the profile's merit is remembered
_BELOW = 0.05  # of a series below zero: more is neither counts nor money, and no multiple of a level
_SCATTER = 1e-4, 1e4  # of a day's level, as a relative variance: within these


class Season(NamedTuple):
    """Of many series, days first: what came, and what was known before each day."""

    values: Floats  # (days, series, steps), 0 where nothing is
    known: Bools
    shares: Floats  # of the level
    now: Floats  # (days, series): the level, as it was a day earlier, and before a change a few days ago, else 0
    before: Floats
    former: Floats
    age: Floats  # days that the level has seen
    whole: Bools  # counts, as far as anybody can tell
    unit: Floats  # (days, 2, series): the scatter of single steps and of sums of a day
    excess: Floats
    merit: Floats  # (series, days): how much of the variance the profile explains

    def of(self, some: NDArray[np.int64]) -> "Season":
        """Of some of the series."""
        return Season(
            values=self.values[:, some],
            known=self.known[:, some],
            shares=self.shares[:, some],
            now=self.now[:, some],
            before=self.before[:, some],
            former=self.former[:, some],
            age=self.age[:, some],
            whole=self.whole[:, some],
            unit=self.unit[:, :, some],
            excess=self.excess[:, :, some],
            merit=self.merit[some],
        )


def season_of(cells: Floats, first_weekday: int) -> Season:
    """Learn series laid out by days, (series, days, steps), NaN where nothing is."""
    series, days, steps = cells.shape
    cells = np.ascontiguousarray(cells.swapaxes(0, 1))
    known = ~np.isnan(cells)
    values = np.where(known, cells, 0.0)
    in_wholes = (values == np.round(values)).all(axis=2)
    day_sums, there = sums_of(values, steps), sums_of(known, steps)
    there_enough = known & (there >= PRESENT * steps)
    profile, level, scatter = SeasonalProfile(series, steps), Level(series), Dispersion((2, series))
    merit, whole = _Merit(series), np.ones(series, dtype=bool)
    all_shares = np.zeros_like(values)
    before = list[tuple[Floats, Floats, Floats, Floats, Bools, Floats, Floats, Floats]]()
    earlier = np.zeros((series, steps))  # shares of the day before, from a step to the day's end
    for day in range(days):
        shares = all_shares[day] = profile.of((first_weekday + day) % 7)
        parts = np.cumsum(np.where(known[day], shares, 0.0), axis=1)
        means = np.stack([level.now[:, None] * shares, level.before[:, None] * (parts + earlier)])
        earlier = parts[:, -1:] - parts
        started = (level.days >= WEEK_DAYS)[:, None]
        good = np.stack([known[day], there_enough[day]])
        good &= started & (means > 0)
        before.append(
            (level.now, level.before, level.former, level.days, whole, scatter.unit, scatter.excess, merit.share)
        )
        scatter.learn(np.stack([values[day], day_sums[day]]), means, good, whole)
        merit.note(values[day], level.now[:, None], means[0], known[day] & started)
        _learn(profile, level, (first_weekday + day) % 7, values[day], shares, known[day], scatter)
        whole = whole & in_wholes[day] & ~scatter.steadier[0]
    now, a_day_before, former, age, wholes, unit, excess, merits = (
        np.array(each) for each in zip(*before, strict=True)
    )
    return Season(values, known, all_shares, now, a_day_before, former, age, wholes, unit, excess, merits.T)


def sums_of(values: Floats | Bools, width: int) -> Floats:
    """Sums of the last `width` steps at each step, (days, series, steps), at most a day of them."""
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
    wide = _OUTLIER * np.sqrt(unit[:, None] * np.abs(means) + excess[:, None] * means**2)
    calm = np.where(young[:, None], values, np.clip(values, means - wide, means + wide))
    calm = np.where(known, calm, 0.0)
    there = known.sum(axis=1)
    present = there >= _HALF * known.shape[1]
    parts = np.where(young, there, np.where(known, shares, 0.0).sum(axis=1))
    parts = np.maximum(parts, 1e-9)
    raw, mild = values.sum(axis=1) / parts, calm.sum(axis=1) / parts
    expected = np.maximum(level.now * parts, np.finfo(float).tiny)
    scattered = np.sqrt(np.clip(day_unit / expected + day_excess, *_SCATTER))
    level.learn(raw, mild, scattered, present)
    measure = np.where(young, level.now, mild)
    sound = present & (measure > 0)
    profile.learn(weekday, calm / np.where(sound, measure, 1.0)[:, None], known & sound[:, None])


class _Merit:
    """How much smaller the profile's errors are than those of the level alone; 0 where much is below zero."""

    def __init__(self, series: int) -> None:
        self.share = np.zeros(series)
        self._with, self._without = np.zeros(series), np.zeros(series)
        self._known, self._below = np.zeros(series), np.zeros(series)

    def note(self, values: Floats, level: Floats, means: Floats, known: Bools) -> None:
        """Take a day in."""
        self._with = _FADE * self._with + np.where(known, (values - means) ** 2, 0.0).sum(axis=1)
        self._without = _FADE * self._without + np.where(known, (values - level) ** 2, 0.0).sum(axis=1)
        self._known = _FADE * self._known + known.sum(axis=1)
        self._below = _FADE * self._below + (known & (values < 0)).sum(axis=1)
        some = (self._without > 0) & (self._below <= _BELOW * self._known)
        self.share = np.where(some, 1.0 - self._with / np.where(some, self._without, 1.0), 0.0)
