"""The candidates: cheap forecasts with different errors, for many windows of one length at once.

Each function takes windows (n, steps) and returns a list of (n, horizon), in the same number and order for each plan.
"""

from dataclasses import dataclass

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.autoregression import Specification, autoregressed
from services.insights_service.domain.forecasting.plans import WEEKS_A_YEAR, Plan
from services.insights_service.domain.forecasting.profiles import (
    profile_of,
    repeated,
    with_profile,
    without_profile,
)
from services.insights_service.domain.forecasting.smoothing import damped, smoothed, theta
from services.insights_service.domain.forecasting.years import SameTimes, average_years, year_before

SAME_WEEKS = (
    SameTimes(years=3, blur=1, recent=4),
    SameTimes(years=5, blur=0, recent=4),
    SameTimes(years=3, blur=1, recent=1),
)


@dataclass(frozen=True)
class Levels:
    """Estimates of the level: means and medians of the latest steps, and exponential smoothing."""

    means: tuple[int, ...] = ()
    medians: tuple[int, ...] = ()
    alphas: tuple[float, ...] = ()

    def of(self, past: Floats, horizon: int) -> list[Floats]:
        """Return each level of (n, steps), constant over the horizon, (n, horizon) each."""
        flat = [past[:, -steps:].mean(axis=1) for steps in self.means]
        flat += [np.median(past[:, -steps:], axis=1) for steps in self.medians]
        found = [np.repeat(level[:, None], horizon, axis=1) for level in flat]
        return found + [smoothed(past, alpha, horizon) for alpha in self.alphas]


@dataclass(frozen=True)
class Profile:
    """How a profile is estimated: the length and number of cycles, and their decay, or None for their median."""

    length: int
    cycles: int
    keep: float | None
    multiply: bool = False

    def taken_out(self, past: Floats) -> tuple[Floats, Floats]:
        """Return the profile (n, length) and the seasonally adjusted past (n, steps)."""
        profile = profile_of(past, self.length, self.cycles, multiply=self.multiply, keep=self.keep)
        return profile, without_profile(past, profile, multiply=self.multiply)

    def put_back(self, levels: list[Floats], profile: Floats) -> list[Floats]:
        """Apply the profile to each forecast of the level."""
        return [with_profile(level, profile, multiply=self.multiply) for level in levels]

    def with_levels(self, past: Floats, levels: Levels, horizon: int) -> list[Floats]:
        """Forecast with each level of the adjusted past and the profile."""
        profile, rest = self.taken_out(past)
        return self.put_back(levels.of(rest, horizon), profile)


def of_hours(past: Floats, plan: Plan, horizon: int, *, positive: bool) -> list[Floats]:
    """Forecast hours by profiles of the day and of the week, on levels of a day to four weeks."""
    day, week = plan.season, plan.long
    past = past[:, -4 * week :]
    found = [repeated(past, day, horizon)]
    if positive:
        weekly = Profile(week, 4, 0.7, multiply=True)
        profile, rest = weekly.taken_out(past)
        levels = Levels(means=(week,), alphas=(0.02, 0.1, 0.3)).of(rest, horizon)
        found += weekly.put_back([*levels, _carried(rest[:, -2 * week :], day, horizon)], profile)
        found += Profile(week, 4, None, multiply=True).with_levels(past, Levels(medians=(week, day)), horizon)
        of_days = Levels(medians=(week, 4 * week), alphas=(0.1,))
        found += Profile(day, 14, None, multiply=True).with_levels(past, of_days, horizon)
    found += Profile(week, 4, 0.7).with_levels(past, Levels(medians=(week,), alphas=(0.3,)), horizon)
    found += Profile(day, 14, 1.0).with_levels(past, Levels(medians=(week,)), horizon)
    return found


def _carried(past: Floats, season: int, horizon: int) -> Floats:
    """Forecast the rest without the profile by autoregression on the last hours and the same hours yesterday."""
    lags = Specification((1, 2, 3, season, season + 1), 0.03, beyond=0.3)
    return autoregressed(past, [past.shape[1]], [lags], horizon)[0][:, 0]


def of_season(past: Floats, plan: Plan, horizon: int) -> list[Floats]:
    """Forecast with one additive season, which is multiplicative if `past` are logarithms."""
    season = plan.season
    medians = Levels(medians=(season, 2 * season, 4 * season, 8 * season))
    found = [repeated(past, season, horizon)]
    found += Profile(season, 26, None).with_levels(past, medians, horizon)
    usual = Profile(season, 52, 1.0)
    profile, rest = usual.taken_out(past)
    levels = Levels(alphas=(0.05, 0.1, 0.2, 0.4, 0.7, 1.0)).of(rest, horizon)
    levels += [damped(rest, parameters, horizon) for parameters in ((0.2, 0.05, 0.95), (0.4, 0.1, 0.9))]
    levels.append(theta(rest, 0.4, horizon))
    found += usual.put_back(levels, profile)
    return found


def of_level(past: Floats, horizon: int) -> list[Floats]:
    """Forecast without a season, by levels and by levels with a trend."""
    found = [smoothed(past, alpha, horizon, 200) for alpha in (1.0, 0.8, 0.5, 0.3, 0.1)]
    found += [theta(past, 0.8, horizon), theta(past[:, -150:], 0.5, horizon)]
    found += [damped(past, parameters, horizon) for parameters in ((0.5, 0.1, 0.9), (0.8, 0.1, 0.95), (0.8, 0.3, 0.9))]
    return found + Levels(means=(52,)).of(past, horizon)


def of_years(past: Floats, ends: list[int], horizon: int) -> list[Floats]:
    """Forecast weeks by the same weeks of earlier years, after each end of (n, steps); (n, ends, horizon) each."""
    average = average_years(past, WEEKS_A_YEAR)
    return [year_before(past, average, ends, WEEKS_A_YEAR, horizon, how) for how in SAME_WEEKS]


def of_rare(past: Floats, plan: Plan, horizon: int) -> list[Floats]:
    """Forecast intermittent series by means only, since medians would forecast zero."""
    found = Levels(means=(28, 91, 400), alphas=(0.02, 0.05, 0.1, 0.2)).of(past, horizon)
    if plan.season > 1:
        found += Profile(plan.season, 26, 1.0).with_levels(past, Levels(alphas=(0.05,)), horizon)
    return found
