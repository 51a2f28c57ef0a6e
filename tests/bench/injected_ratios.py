"""Simulated ratios with injected changes: recall and false alarms at a threshold of 2, and CPU time."""

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from rich.table import Table

from tests.insights_service.made_ratios import (
    A_DAY,
    Chances,
    Made,
    false_alarms,
    judge_ratios,
    leads_of_spend,
    purchases_of_visits,
    recall,
    revenue_of_spend,
)

_THRESHOLD = 2.0


class _Change(NamedTuple):
    """A change that multiplies events by a factor for some steps."""

    name: str
    factor: float
    steps: int


class _Case(NamedTuple):
    """Series of one kind, the unit of false alarms, and the changes to inject."""

    name: str
    make: Callable[[np.random.Generator, int], Made]
    span: str
    changes: tuple[_Change, ...]


_DEARER = tuple(_Change(f"CPL +60 % for {days} days", 1 / 1.6, days) for days in (3, 7, 14))
_HALF = (_Change("conversion -50 % for 6 h", 0.5, 6), _Change("conversion -50 % for a day", 0.5, 24))
_LESS = (_Change("ROAS -50 % for 7 days", 0.5, 7),)
_CASES = (
    *(
        _Case(f"{a_day} leads a day", partial(leads_of_spend, a_day=a_day, scatter=0.02), "400 days", _DEARER)
        for a_day in (0.2, 5, 20, 60)
    ),
    *(
        _Case(f"{an_hour} purchases an hour", partial(purchases_of_visits, an_hour=an_hour), "a month", _HALF)
        for an_hour in (3, 10, 60)
    ),
    *(_Case(f"{sales} sales a day", partial(revenue_of_spend, sales=sales), "400 days", _LESS) for sales in (3, 30)),
)


def measure_ratios(table: Table, seed: int, series: int) -> None:
    """Measure for each kind its false alarms, its recall, and the CPU time of a series (best of three)."""
    for case in _CASES:
        rng = np.random.default_rng([seed, 3])
        made = case.make(rng, series)
        table.add_row(f"{case.name}: false alarms in {case.span}", f"{false_alarms(made, _THRESHOLD):.2f}", "about 1")
        for change in case.changes:
            found = recall(rng, made, change.factor, change.steps, _THRESHOLD)
            table.add_row(f"{case.name}: {change.name}", f"{found:.2f}", "")
    for what, made in (
        ("400 days", leads_of_spend(np.random.default_rng(seed), series, 20, 0.02)),
        ("70 days of hours", purchases_of_visits(np.random.default_rng(seed), 10, 10)),
    ):
        spent = [_cost(made) for _ in range(3)]
        table.add_row(f"CPU a ratio of {what}", f"{min(spent) * 1e3 / len(made.events):.2f} ms", "≤ 1.50")


def _cost(made: Made) -> float:
    began = time.process_time()
    judge_ratios(Chances(*made), A_DAY[made.events.shape[1]])
    return time.process_time() - began
