"""Benchmark of forecasts, and their CPU time: `make bench-insights`, or with a folder of real series, ARGS="FOLDER".

Simulated series come from `tests/insights_service/made_series.py`, the same each time. A folder may hold

- `NAME-train.csv` with `NAME-test.csv` beside it, a row for each series: its name, then its values, as in M4;
- other `*.csv` with a line for each value: columns `id` and `value` in the order of time; the last steps are held back.

`hourly`, `daily` or `weekly` in a file's name selects the season and horizon. The error is relative to Naive2's (an OWA
of 1 is as bad), with our season and with M4's, beside the theta method's. The table also has the coverage of intervals
in percent, and the CPU time of one thread.
"""

import argparse
import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# The CPU time of one thread is measured, so this is set before numpy is loaded.
os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from services.insights_service.domain.forecast import forecast_many
from tests.insights_service import made_series
from tests.insights_service.forecast_accuracy import Floats, coverage, owa, theta

LEVELS = (80, 95)
COUNT = 60
OF_STEPS = {"hourly": (24, 48), "daily": (7, 30), "weekly": (1, 13)}
SEASON_OF_M4 = {
    24: 24,
    7: 1,
    1: 1,
}  # M4 gives days the frequency 1, so their Naive2 is the last value, without a weekly season.
Make = Callable[[np.random.Generator, int], Floats]
MADE: dict[str, dict[Make, tuple[int, int]]] = {  # Each with the lengths of short and of long series.
    "hourly": {
        made_series.hours_of_a_shop: (700, 960),
        made_series.hours_of_power: (700, 960),
        made_series.hours_without_a_week: (700, 960),
    },
    "daily": {
        made_series.days_of_a_busy_site: (550, 1100),
        made_series.days_of_a_page: (550, 800),
        made_series.days_of_a_site: (200, 550),
        made_series.days_of_a_counter: (200, 550),
        made_series.days_with_rare_sales: (200, 550),
    },
    "weekly": {
        made_series.weeks_with_a_year: (160, 1000),
        made_series.weeks_of_an_economy: (160, 1000),
        made_series.weeks_that_wander: (160, 1000),
    },
}


@dataclass(frozen=True)
class Case:
    """Series of one kind: their histories, and the actual values that followed."""

    name: str
    season: int
    histories: list[Floats]
    came: Floats


def made_cases() -> list[Case]:
    """Return a case for each kind of simulated series, half of them short and half long."""
    cases: list[Case] = []
    for steps, makes in MADE.items():
        season, horizon = OF_STEPS[steps]
        for make, lengths in makes.items():
            series = [
                make(np.random.default_rng([2024, number]), lengths[number % 2] + horizon) for number in range(COUNT)
            ]
            cases.append(_held_back(f"{steps}: {make.__name__.replace('_', ' ')}", season, horizon, series))
    return cases


def real_cases(folder: Path) -> list[Case]:
    """Return a case for each file of the folder whose name says what its steps are."""
    cases: list[Case] = []
    for path in sorted(folder.glob("*.csv")):
        steps = next((word for word in OF_STEPS if word in path.stem.lower()), None)
        if steps is None or path.stem.endswith("-test"):
            continue
        season, horizon = OF_STEPS[steps]
        if path.stem.endswith("-train"):
            came = _rows(path.with_name(path.name.replace("-train", "-test")))
            histories = _rows(path)
            names = [name for name in histories if name in came]
            cases.append(
                Case(path.stem, season, [histories[name] for name in names], np.stack([came[name] for name in names]))
            )
        else:
            cases.append(_held_back(path.stem, season, horizon, list(_columns(path).values())))
    return cases


def _held_back(name: str, season: int, horizon: int, series: list[Floats]) -> Case:
    long = [values for values in series if len(values) > 2 * horizon]
    return Case(name, season, [values[:-horizon] for values in long], np.stack([values[-horizon:] for values in long]))


def _rows(path: Path) -> dict[str, Floats]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {row[0]: np.array([float(value) for value in row[1:] if value]) for row in rows}


def _columns(path: Path) -> dict[str, Floats]:
    found: dict[str, list[float]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["id"], []).append(float(row["value"] or "nan"))
    return {name: np.array(values) for name, values in found.items()}


def measured(case: Case) -> tuple[float, float, float, float, float, float, float]:
    """Measure a case: OWA with our season and with M4's, theta's OWA, coverage of both levels in percent, and the CPU
    milliseconds of a series among many and alone.
    """
    horizon = case.came.shape[1]
    mean, lower, upper = forecast_many(case.histories, case.season, horizon, LEVELS)
    near, far = coverage(case.came, lower, upper)
    many = _cost(lambda: forecast_many(case.histories, case.season, horizon, LEVELS)) / len(case.histories)
    one = _cost(lambda: forecast_many(case.histories[:1], case.season, horizon, LEVELS))
    simple = np.stack([theta(history, case.season, horizon) for history in case.histories])
    errors = [owa(case.histories, case.came, each, case.season) for each in (mean, simple)]
    of_m4 = owa(case.histories, case.came, mean, SEASON_OF_M4[case.season])
    return errors[0], of_m4, errors[1], 100 * near, 100 * far, many, one


def _cost(run: Callable[[], object]) -> float:
    """Return the CPU milliseconds of a run (best of five)."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        run()
        best = min(best, time.process_time() - began)
    return 1000 * best


def main() -> None:
    """Measure simulated series, and those of the folder that is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="real series as CSV")
    folder: Path | None = parser.parse_args().folder
    table = Table(title="Forecasts")
    for column in ("series", "how many", "OWA", "as M4", "of theta", "in 80 %", "in 95 %", "ms CPU each", "ms alone"):
        table.add_column(column, justify="left" if column == "series" else "right")
    for case in [*made_cases(), *(real_cases(folder) if folder else [])]:
        error, of_m4, simple, near, far, many, one = measured(case)
        table.add_row(
            case.name,
            str(len(case.histories)),
            f"{error:.3f}",
            f"{of_m4:.3f}",
            f"{simple:.3f}",
            f"{near:.0f}",
            f"{far:.0f}",
            f"{many:.2f}",
            f"{one:.1f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
