"""Choose the candidates and trial origins for a series, by its season, its length and its share of zeros."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.wandering import wanders_without_season

WEEKS_A_YEAR = 365.25 / 7
DAYS_OF_WEEKS_A_YEAR = 364
YEAR_OF_WEEKS, YEAR_OF_DAYS = 62, 384  # Least history for candidates that use last year.
YEARS_OF_LEVELS = 5 * 52
STEPS_A_DAY = frozenset({24, 48, 72, 96, 144, 288, 480, 720, 1440})  # Daily seasons that are combined with a week.
RARE = 0.4  # Share of zeros above which a series is intermittent.
WEEK = 7
SHORT = 8  # Steps below which there are no trials.
CLOSED_CYCLES = 8  # Consecutive cycles with zero at a place of the cycle after which it is taken for closed.
FEW_ORIGINS = 6  # If a stride leaves fewer origins, they lie closer together.
MOSTLY_CLOSED = 0.8  # Share of closed places below which closing is a pattern.
MOSTLY_BUSY = 0.5  # Share of other values above zero above which zeros are no matter of chance.
LEAST_AUTOCORRELATION = 0.4  # Autocorrelation of changes above which a season is detected.
LATEST_FOR_A_WEEK, LEAST_FOR_A_WEEK = 740, 70  # Latest steps in which a weak week is sought, and fewest changes.
LEAST_SIGNIFICANCE = 5.0  # Standard deviations of chance that the autocorrelation of a week must exceed.
LEAST_DIFFERENCE = 0.05  # By how much it must exceed the autocorrelation at the lags between weeks.
HIDDEN_SEASONS = (7, 12, 24, 48)


@dataclass(frozen=True)
class Plan:
    """How a group of series is forecast: the kind of candidates, and the origins of their trials."""

    kind: str  # "hours", "season", "level", "rare" or "short".
    season: int
    long: int  # The longer cycle; 0 without one.
    stride: int  # Steps between origins.
    origins: int  # Most origins.
    least: int  # Fewest steps before the first origin.
    most: int  # Most steps of the history that are used.

    @property
    def window(self) -> int:
        """The number of latest steps that the candidates other than regressions need."""
        if self.kind == "season":
            return max(400, 16 * self.season)
        return YEARS_OF_LEVELS if self.kind == "level" else self.most

    def trial(self, steps: int, horizon: int) -> int:
        """Return the horizon of trials: at most two thirds of the steps beyond the least history."""
        return min(horizon, max(1, (steps - self.least) * 2 // 3))

    def ends(self, steps: int, horizon: int) -> list[int]:
        """Return the ascending origins of the trials; none if the series is too short for trials."""
        last = steps - self.trial(steps, horizon)
        room = last - self.least
        if room < 0:
            return []
        stride = min(self.stride, max(1, room // FEW_ORIGINS))
        count = min(self.origins, room // stride + 1)
        return [last - place * stride for place in range(count - 1, -1, -1)]

    def apart(self, steps: int, horizon: int) -> float:
        """Return the equivalent number of trials that do not overlap."""
        ends, trial = self.ends(steps, horizon), self.trial(steps, horizon)
        return min((ends[-1] - ends[0] + trial) / trial, len(ends))


def plan_of(values: Floats, season: int, horizon: int) -> Plan:
    """Choose the plan for one cleaned series."""
    steps = len(values)
    if steps < SHORT:
        return Plan("short", season, 0, 1, 0, 1, 64)
    if np.mean(values == 0) > RARE and values.min() >= 0 and not closed_share(values, season):
        least = max(SHORT, min(steps // 2, 90))
        return Plan("rare", season if least >= 4 * season else 1, 0, max(season, 2), 10, least, 400)
    may_be_weeks = season in {1, 52, 53}  # Only weeks are tried with last year's.
    cycles = (season, WEEK * season) if season in STEPS_A_DAY else (season,)
    if season == 1 or (not may_be_weeks and wanders_without_season(values, cycles)):
        season = hidden_season(values)
    if season % WEEK == 0 and season // WEEK in STEPS_A_DAY:
        season //= WEEK  # A season of a week of hours is given by its day.
    if season in STEPS_A_DAY and steps >= (2 * 7 + 3) * season:
        # Origins spread over a week, or none may have seen a weekend. The first knows a week and its lags.
        least = min(3 * 7 * season, max(steps - horizon - 6 * season, 9 * season + 2))
        return Plan("hours", season, 7 * season, season, 7, least, 5 * 7 * season)
    if season in {1, 52, 53}:
        room = may_be_weeks and steps - min(horizon, 13) >= YEAR_OF_WEEKS
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
    """Return the lag with the clearest autocorrelation of changes, or 1 if there is no season."""
    changes = np.diff(values[-500:])
    changes -= changes.mean()
    limit = 4 * float(np.abs(changes).mean())  # One outlier must not decide.
    changes = np.clip(changes, -limit, limit)
    power = float(changes @ changes)
    if power <= 0:
        return 1
    if _has_week(values):
        return WEEK
    best, clearest = 1, LEAST_AUTOCORRELATION
    for lag in HIDDEN_SEASONS:
        if len(changes) < 4 * lag:
            break
        once, twice = (
            float(changes[far:] @ changes[:-far]) / power * len(changes) / (len(changes) - far)
            for far in (lag, 2 * lag)
        )
        if min(once, twice) > clearest:
            best, clearest = lag, min(once, twice) + 0.05  # Multiples of a season repeat too.
    return best


def _has_week(values: Floats) -> bool:
    """Return whether changes are autocorrelated at lags of one to four weeks, and less so at the lags between.

    For independent changes, the mean of four autocorrelations has a standard deviation of 0.5 / sqrt(count). Thousands
    of random walks, and of weekly series with a yearly season, stayed under four of these.
    """
    recent = values[-LATEST_FOR_A_WEEK:]
    if recent.min() >= 0:
        recent = np.log(recent + max(0.1 * float(recent.mean()), 1e-300))
    changes = np.diff(recent)
    changes -= changes.mean()
    limit = 4 * float(np.abs(changes).mean())
    changes = np.clip(changes, -limit, limit)
    power, count = float(changes @ changes), len(changes)
    if power <= 0 or count < LEAST_FOR_A_WEEK:
        return False
    autocorrelations = (
        np.array([changes[lag:] @ changes[:-lag] * count / (count - lag) for lag in range(1, 5 * WEEK)]) / power
    )
    at_weeks, *between_weeks = (
        float(autocorrelations[place::WEEK][:4].mean()) for place in (WEEK - 1, *range(WEEK - 1))
    )
    return at_weeks * 2 * count**0.5 > LEAST_SIGNIFICANCE and at_weeks - max(between_weeks) > LEAST_DIFFERENCE


def closed_places(past: Floats, season: int) -> NDArray[np.bool_]:
    """Return the places of the cycle (n, season), from the next step on, that are closed, such as the night."""
    count = past.shape[1] // season
    if season == 1 or count < CLOSED_CYCLES:
        return np.zeros((len(past), season), dtype=bool)
    cycles = past[:, -CLOSED_CYCLES * season :].reshape(len(past), CLOSED_CYCLES, season)
    closed: NDArray[np.bool_] = (cycles == 0).all(axis=1)
    has_pattern = _busy(cycles, closed) & (closed.mean(axis=1) < MOSTLY_CLOSED)
    return closed & has_pattern[:, None]


def _busy(cycles: Floats, closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether the places that are not closed are mostly above zero, so that closing is no matter of chance."""
    share = (cycles > 0).mean(axis=1)
    busy_share = np.where(closed, 0.0, share).sum(axis=1) / np.maximum((~closed).sum(axis=1), 1)
    return np.asarray(busy_share > MOSTLY_BUSY, dtype=np.bool_)


def closed_steps(past: Floats, season: int, horizon: int) -> NDArray[np.bool_]:
    """Return which steps ahead (n, horizon) are closed."""
    return closed_places(past, season)[:, np.arange(horizon) % season]


def closed_share(values: Floats, season: int) -> float:
    """Return the share of the cycle that is closed."""
    return float(closed_places(values[None], season).mean())
