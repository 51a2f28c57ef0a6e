"""What is tried on a series: by its season, its length, and how often it is zero."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats

WEEKS_A_YEAR = 365.25 / 7
DAYS_OF_WEEKS_A_YEAR = 364
YEAR_OF_WEEKS, YEAR_OF_DAYS = 62, 384  # the least history that is asked about last year
YEARS_OF_LEVELS = 5 * 52
STEPS_A_DAY = frozenset({24, 48, 72, 96, 144, 288, 480, 720, 1440})  # seasons within a week that may be looked for
RARE = 0.4  # share of zeros from which on a series is intermittent
WEEK = 7
SHORT = 8  # steps below which nothing can be tried
CLOSED_CYCLES = 8  # cycles in a row without anything at a place of the cycle, until it is taken for closed
FEW_ORIGINS = 6  # where a stride leaves fewer, origins lie closer
MOSTLY_CLOSED = 0.8
MOSTLY_BUSY = 0.5
CLEAR = 0.4  # likeness of changes a season apart from which on a season is seen that nobody named
SEEN_FOR_A_WEEK, LEAST_FOR_A_WEEK = 740, 70  # steps in which a weak week is looked for
SURELY = 5.0  # deviations of chance from which on it is a week, and how much likelier than a step beside
BESIDE = 0.05
HIDDEN_SEASONS = (7, 12, 24, 48)


@dataclass(frozen=True)
class Plan:
    """How a group of series is forecast: which candidates, and from where they are tried."""

    kind: str  # "hours", "season", "level", "rare", "short"
    season: int
    long: int  # the longer cycle, 0 without one
    stride: int  # between origins
    origins: int  # how many, at most
    least: int  # steps before the first origin, at least
    most: int  # steps that are looked at, at most

    @property
    def window(self) -> int:
        """How many of the latest steps are enough for candidates that are no regressions."""
        if self.kind == "season":
            return max(400, 16 * self.season)
        return YEARS_OF_LEVELS if self.kind == "level" else self.most

    def trial(self, steps: int, horizon: int) -> int:
        """How many steps ahead are tried: all, or what two thirds of the room before the least history allow."""
        return min(horizon, max(1, (steps - self.least) * 2 // 3))

    def ends(self, steps: int, horizon: int) -> list[int]:
        """Where histories of the trials end, ascending; none where the series is too short to be tried on itself."""
        last = steps - self.trial(steps, horizon)
        room = last - self.least
        if room < 0:
            return []
        stride = min(self.stride, max(1, room // FEW_ORIGINS))
        count = min(self.origins, room // stride + 1)
        return [last - place * stride for place in range(count - 1, -1, -1)]

    def apart(self, steps: int, horizon: int) -> float:
        """As how many trials that do not overlap those of `ends` count."""
        ends, trial = self.ends(steps, horizon), self.trial(steps, horizon)
        return min((ends[-1] - ends[0] + trial) / trial, len(ends))


def plan_of(values: Floats, season: int, horizon: int) -> Plan:
    """The plan for one cleaned series."""
    steps = len(values)
    if steps < SHORT:
        return Plan("short", season, 0, 1, 0, 1, 64)
    if np.mean(values == 0) > RARE and values.min() >= 0 and not closed_share(values, season):
        least = max(SHORT, min(steps // 2, 90))
        return Plan("rare", season if least >= 4 * season else 1, 0, max(season, 2), 10, least, 400)
    if season == 1:
        season = hidden_season(values)
    if season % WEEK == 0 and season // WEEK in STEPS_A_DAY:
        season //= WEEK  # the week was named: it is found with its days
    if season in STEPS_A_DAY and steps >= (2 * 7 + 3) * season:
        # (origins over a week, or none may have seen a weekend; a week and its lags are known to the first)
        least = min(3 * 7 * season, max(steps - horizon - 6 * season, 9 * season + 2))
        return Plan("hours", season, 7 * season, season, 7, least, 5 * 7 * season)
    if season in {1, 52, 53}:
        room = steps - min(horizon, 13) >= YEAR_OF_WEEKS
        least = max(YEAR_OF_WEEKS if room else 10, min(steps // 2, 156))
        return Plan("level", 1, round(WEEKS_A_YEAR) if room else 0, 5, 20, least, 780)
    if steps < 3 * season + 2:
        return Plan("short", season, 0, 1, 0, 1, 4 * season)
    room = season == WEEK and steps - min(horizon, 4 * season) - season >= YEAR_OF_DAYS
    least = YEAR_OF_DAYS if room else max(2 * season + 2, min(steps // 2, 20 * season))
    return Plan(
        "season",
        season,
        DAYS_OF_WEEKS_A_YEAR if room else 0,
        season,
        12,
        least,
        max(3 * DAYS_OF_WEEKS_A_YEAR, 20 * season),
    )


def hidden_season(values: Floats) -> int:
    """A season that nobody named: the lag at which changes over a step repeat most clearly, or 1."""
    changes = np.diff(values[-500:])
    changes -= changes.mean()
    limit = 4 * float(np.abs(changes).mean())  # one odd step must not decide
    changes = np.clip(changes, -limit, limit)
    power = float(changes @ changes)
    if power <= 0:
        return 1
    if _has_week(values):
        return WEEK
    best, clearest = 1, CLEAR
    for lag in HIDDEN_SEASONS:
        if len(changes) < 4 * lag:
            break
        once, twice = (
            float(changes[far:] @ changes[:-far]) / power * len(changes) / (len(changes) - far)
            for far in (lag, 2 * lag)
        )
        if min(once, twice) > clearest:
            best, clearest = lag, min(once, twice) + 0.05  # a longer season must be clearer: multiples repeat as well
    return best


def _has_week(values: Floats) -> bool:
    """Whether changes are alike a week, two, three and four apart, and not so a step beside: weeks of days, if weak.

    Of changes by mere chance the mean of four likenesses has a deviation of half of one over the root of their number;
    what wanders, and weeks with a year, stayed under four of them in thousands.
    """
    recent = values[-SEEN_FOR_A_WEEK:]
    if recent.min() >= 0:
        recent = np.log(recent + max(0.1 * float(recent.mean()), 1e-300))
    changes = np.diff(recent)
    changes -= changes.mean()
    limit = 4 * float(np.abs(changes).mean())
    changes = np.clip(changes, -limit, limit)
    power, count = float(changes @ changes), len(changes)
    if power <= 0 or count < LEAST_FOR_A_WEEK:
        return False
    alike = np.array([changes[lag:] @ changes[:-lag] * count / (count - lag) for lag in range(1, 5 * WEEK)]) / power
    of_week, *beside = (float(alike[place::WEEK][:4].mean()) for place in (WEEK - 1, *range(WEEK - 1)))
    return of_week * 2 * count**0.5 > SURELY and of_week - max(beside) > BESIDE


def closed_places(past: Floats, season: int) -> NDArray[np.bool_]:
    """Places of the cycle (n, season), from the next step on, at which nothing happened for long: closed at night."""
    count = past.shape[1] // season
    if season == 1 or count < CLOSED_CYCLES:
        return np.zeros((len(past), season), dtype=bool)
    cycles = past[:, -CLOSED_CYCLES * season :].reshape(len(past), CLOSED_CYCLES, season)
    closed: NDArray[np.bool_] = (cycles == 0).all(axis=1)
    often = _busy(cycles, closed) & (closed.mean(axis=1) < MOSTLY_CLOSED)
    return closed & often[:, None]


def _busy(cycles: Floats, closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the places that are not closed mostly have something, so that zeros there are no matter of chance."""
    share = (cycles > 0).mean(axis=1)
    opened = np.where(closed, 0.0, share).sum(axis=1) / np.maximum((~closed).sum(axis=1), 1)
    return np.asarray(opened > MOSTLY_BUSY, dtype=np.bool_)


def closed_steps(past: Floats, season: int, horizon: int) -> NDArray[np.bool_]:
    """Which steps ahead (n, horizon) are closed."""
    return closed_places(past, season)[:, np.arange(horizon) % season]


def closed_share(values: Floats, season: int) -> float:
    """The share of the cycle that is closed."""
    return float(closed_places(values[None], season).mean())
