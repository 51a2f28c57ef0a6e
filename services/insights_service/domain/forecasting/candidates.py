"""The candidates: cheap forecasts that err in different ways, for many windows of one length at once.

Each function takes windows (n, steps) and gives a list of (n, horizon), always as many and in the same order for a plan.
"""

from collections.abc import Callable

import numpy as np

from services.insights_service.domain.forecasting import Floats
from services.insights_service.domain.forecasting.autoregression import Specification, autoregressed
from services.insights_service.domain.forecasting.plans import WEEKS_A_YEAR, Plan
from services.insights_service.domain.forecasting.profiles import (
    beside_year,
    blurred,
    profile_of,
    repeated,
    with_profile,
    without_profile,
    year_before,
)
from services.insights_service.domain.forecasting.smoothing import damped, smoothed, theta


def flat(level: Floats, horizon: int) -> Floats:
    """One level for every step ahead."""
    return np.repeat(level[:, None], horizon, axis=1)


def middle(past: Floats, steps: int, horizon: int) -> Floats:
    """The median of the last steps."""
    return flat(np.median(past[:, -steps:], axis=1), horizon)


def mean(past: Floats, steps: int, horizon: int) -> Floats:
    """The mean of the last steps."""
    return flat(past[:, -steps:].mean(axis=1), horizon)


def carried(past: Floats, season: int, horizon: int) -> Floats:
    """What is left of a profile, carried on by the last hours and by the same hour yesterday."""
    lags = Specification((1, 2, 3, season, season + 1), 0.03, beyond=0.3)
    return autoregressed(past, [past.shape[1]], [lags], horizon)[0][:, 0]


def _on_profile(
    past: Floats, length: int, most: int, horizon: int, levels: list[Callable[[Floats], Floats]], *, multiply: bool, keep: float | None
) -> list[Floats]:
    profile = profile_of(past, length, most, multiply=multiply, keep=keep)
    level = without_profile(past, profile, multiply=multiply)
    return [with_profile(each(level), profile, multiply=multiply) for each in levels]


def of_hours(past: Floats, plan: Plan, horizon: int, *, positive: bool) -> list[Floats]:
    """A day within a week: profiles of both, levels of a day to a month."""
    day, week = plan.season, plan.long
    past = past[:, -4 * week :]
    found = [repeated(past, week, horizon), repeated(past, day, horizon)]
    if positive:
        found += _on_profile(
            past, week, 4, horizon,
            [
                lambda level: mean(level, week, horizon),
                lambda level: smoothed(level, 0.02, horizon),
                lambda level: smoothed(level, 0.1, horizon),
                lambda level: smoothed(level, 0.3, horizon),
                lambda level: carried(level, day, horizon),
            ],
            multiply=True, keep=0.7,
        )
        found += _on_profile(
            past, week, 4, horizon,
            [lambda level: middle(level, week, horizon), lambda level: middle(level, day, horizon)],
            multiply=True, keep=None,
        )
        found += _on_profile(past, week, 2, horizon, [lambda level: mean(level, day, horizon)], multiply=True, keep=0.7)
        found += _on_profile(
            past, day, 14, horizon,
            [
                lambda level: middle(level, week, horizon),
                lambda level: middle(level, 4 * week, horizon),
                lambda level: smoothed(level, 0.1, horizon),
            ],
            multiply=True, keep=None,
        )
    found += _on_profile(
        past, week, 4, horizon,
        [
            lambda level: middle(level, week, horizon),
            lambda level: smoothed(level, 0.3, horizon),
            lambda level: carried(level, day, horizon),
        ],
        multiply=False, keep=0.7,
    )
    found += _on_profile(past, day, 14, horizon, [lambda level: middle(level, week, horizon)], multiply=False, keep=1.0)
    return found


def of_season(past: Floats, plan: Plan, horizon: int) -> list[Floats]:
    """One season, additive here (and so multiplicative on logarithms)."""
    season = plan.season
    window = past[:, -max(400, 16 * season) :]
    found = [repeated(past, season, horizon)]
    found += _on_profile(
        window, season, 16, horizon,
        [lambda level, cycles=cycles: middle(level, cycles * season, horizon) for cycles in (1, 2, 4, 8)],
        multiply=False, keep=None,
    )
    found += _on_profile(
        window, season, 16, horizon,
        [
            *(lambda level, alpha=alpha: smoothed(level, alpha, horizon) for alpha in (0.05, 0.1, 0.2, 0.4, 0.7)),
            lambda level: theta(level, 0.4, horizon),
            lambda level: damped(level, (0.2, 0.05, 0.95), horizon),
        ],
        multiply=False, keep=1.0,
    )
    if plan.long:
        profile = profile_of(past, season, 16, multiply=False, keep=None)
        level = without_profile(past, profile, multiply=False)
        beside = blurred(beside_year(level, plan.long), 7)
        last_year = year_before(level, beside, plan.long, horizon, years=1, recent=14)
        found.append(with_profile((last_year + smoothed(level, 0.1, horizon)) / 2, profile, multiply=False))
    return found


def of_level(past: Floats, plan: Plan, horizon: int) -> list[Floats]:
    """No season but perhaps the year's."""
    found = [smoothed(past, alpha, horizon, 200) for alpha in (1.0, 0.8, 0.5, 0.3, 0.1)]
    found += [theta(past, 0.8, horizon), theta(past[:, -150:], 0.5, horizon)]
    found += [damped(past, parameters, horizon) for parameters in ((0.5, 0.1, 0.9), (0.8, 0.1, 0.95), (0.8, 0.3, 0.9))]
    found.append(mean(past, 52, horizon))
    return found


def of_years(past: Floats, horizon: int) -> list[Floats]:
    """Weeks beside the same weeks of other years."""
    beside = beside_year(past, WEEKS_A_YEAR)
    smooth = blurred(beside, 1)
    return [
        year_before(past, smooth, WEEKS_A_YEAR, horizon, years=years, recent=recent)
        for years, recent in ((3, 4), (3, 8), (5, 4), (3, 1))
    ] + [year_before(past, beside, WEEKS_A_YEAR, horizon, years=1, recent=4)]


def of_rare(past: Floats, plan: Plan, horizon: int) -> list[Floats]:
    """Mostly zero: means only, since medians would forecast nothing at all."""
    found = [smoothed(past, alpha, horizon) for alpha in (0.02, 0.05, 0.1, 0.2)]
    found += [mean(past, steps, horizon) for steps in (28, 91, 400)]
    if plan.season > 1 and past.shape[1] >= 4 * plan.season:
        found += _on_profile(
            past, plan.season, 26, horizon, [lambda level: smoothed(level, 0.05, horizon)], multiply=False, keep=1.0
        )
    return found


def regressions(plan: Plan, steps: int) -> tuple[list[Specification], list[Specification], list[Specification]]:
    """Specifications on values, on logarithms, and on changes of logarithms (or of values that may be negative)."""
    one, more = plan.season, plan.long
    if plan.kind == "hours":
        ten = (1, 2, 3, one - 1, one, one + 1, 2 * one, more - 1, more, more + 1)
        fourteen = tuple(sorted({*ten, 2 * one - 1, 2 * one + 1, more - one, more + one}))
        if steps < fourteen[-1] + 6 * one:
            fourteen = ten
        both = [Specification(ten, 0.003, beyond=0.3), Specification(fourteen, 0.01, beyond=0.3)]
        return both, both, []
    if plan.kind == "season":
        lags = tuple(sorted({lag for lag in (1, 2, 3, one - 1, one, one + 1, 2 * one) if lag > 0}))
        few = tuple(sorted({1, 2, one}))
        specs = [Specification(lags, 0.01), Specification(few, 0.03)]
        return specs[:1], specs, []
    if plan.kind == "level":
        short = [Specification((1, 2, 3), 0.003), Specification((1, 2, 3, 4, 5, 6, 8, 10, 13), 0.003)]
        logs = [Specification((1, 2, 3), 0.01)]
        changes = [Specification((1, 2, 3, 4), 0.03)]
        if more:
            year = WEEKS_A_YEAR
            logs += [Specification((1, 2, 3, 52), 0.003), Specification((1, 2, 3), 0.003, 3, year, 0.03), Specification((1, 2, 3), 0.003, 6, year, 0.01)]
            changes += [Specification((1, 2, 3, 4), 0.03, 3, year), Specification((1, 2, 3, 4), 0.03, 6, year)]
        return short, logs, changes
    return [], [], []
