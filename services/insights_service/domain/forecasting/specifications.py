"""The autoregressions that a plan tries."""

from dataclasses import dataclass

from services.insights_service.domain.forecasting.autoregression import Specification
from services.insights_service.domain.forecasting.plans import WEEKS_A_YEAR, Plan


@dataclass(frozen=True)
class Specifications:
    """Regressions on values, on their logarithms, and on changes of the logarithms.

    If values may be negative, those on logarithms are left out, and those on changes use changes of the values.
    """

    values: tuple[Specification, ...] = ()
    logarithms: tuple[Specification, ...] = ()
    changes: tuple[Specification, ...] = ()


def specifications(plan: Plan, steps: int) -> Specifications:
    """Return the regressions of a plan; `steps` is the length of the shortest history."""
    if plan.kind == "hours":
        return _of_hours(plan.season, plan.long, steps)
    if plan.kind == "season":
        season = plan.season
        many = Specification(tuple(sorted({1, 2, 3, season - 1, season, season + 1, 2 * season} - {0})), 0.01)
        few = Specification(tuple(sorted({1, 2, season})), 0.03)
        return Specifications(values=(many,), logarithms=(many, few))
    if plan.kind == "level":
        return _of_weeks(steps) if plan.long else Specifications((AFTER,), (_held(AFTER, 0.01),), (CHANGE,))
    return Specifications()


FINE_YEARS = 3 * 52  # weeks from which on a year's course may have a week of its own
AFTER = Specification((1, 2, 3), 0.003)
CHANGE = Specification((1, 2, 3, 4), 0.03)


def _held(specification: Specification, ridge: float) -> Specification:
    return Specification(specification.lags, ridge)


def _of_hours(day: int, week: int, steps: int) -> Specifications:
    few = (1, 2, 3, day - 1, day, day + 1, 2 * day, week - 1, week, week + 1)
    more = (1, 2, 3, day - 1, day, day + 1, 2 * day - 1, 2 * day, 2 * day + 1, week - day, *few[-3:], week + day)
    if steps < more[-1] + 6 * day:
        more = few
    both = (Specification(few, 0.003, beyond=0.3), Specification(more, 0.01, beyond=0.3))
    return Specifications(values=both, logarithms=both)


def _of_weeks(steps: int) -> Specifications:
    year = WEEKS_A_YEAR
    logarithms = [
        _held(AFTER, 0.01),
        Specification((1, 2, 3, 52), 0.003),
        Specification((1, 2, 3), 0.003, 3, year, 0.03),
        Specification((1, 2, 3), 0.003, 6, year, 0.01),
    ]
    if steps > 2 * 104:
        logarithms.append(Specification((1, 2, 3, 52, 104), 0.01))
    changes = (
        CHANGE,
        Specification((1, 2, 3, 4), 0.03, 3, year),
        Specification((1, 2, 3, 4), 0.03, 12 if steps > FINE_YEARS else 6, year),
        Specification((1, 2), 0.1, 4, year, 0.03),
    )
    return Specifications((AFTER,), tuple(logarithms), changes)
