"""Runs the benchmarks of this folder and prints one table: `make bench`, or `python tests/bench/run.py [NAME …]`.

Each `bench_*.py` has `measure() -> list[Measure]`. Figures are ratios to a baseline in the same run; nothing asserts
a wall time. `BENCH_EVENTS=5000000` in the environment makes the database five times as large (made_company.py).
"""

import argparse
import importlib.util
import os
import platform
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from common.testing.measure import Measure

FOLDER = Path(__file__).parent


def _chosen() -> list[Path]:
    """Return the benchmarks that the command line names, or all; exit with an error for an unknown name."""
    benchmarks = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    parser = argparse.ArgumentParser(description="Measure Branchwise, as ratios to baselines in the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(benchmarks)}; all by default")
    names: list[str] = parser.parse_args().names
    if unknown := [name for name in names if name not in benchmarks]:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(benchmarks)}")
    return [path for name, path in benchmarks.items() if not names or name in names]


def _measure(path: Path) -> list[Measure]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return list(module.measure())


def _print(rows: list[Measure], console: Console) -> None:
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    table = Table(title=f"Branchwise on {platform.machine()}, Python {platform.python_version()}, load average {load}")
    for column in ("path", "ours", "baseline", "ratio or figure", "hold", "aim", "holds"):
        table.add_column(column, justify="left" if column == "path" else "right")
    for row in rows:
        baseline = f"{row.baseline:,.1f} {row.unit} ({row.baseline_what})" if row.baseline is not None else "–"
        sign = "≥" if row.higher_is_better else "≤"
        table.add_row(
            f"{row.what}\n[dim]{row.note}[/dim]" if row.note else row.what,
            f"{row.ours:,.1f} {row.unit}",
            baseline,
            f"{row.value:,.2f}",
            f"{sign} {row.hold:g}",
            f"{sign} {row.aim:g}",
            "yes" if row.holds else "[bold red]no[/bold red]",
        )
    console.print(table)


def main() -> None:
    """Run the named benchmarks, or all."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    rows: list[Measure] = []
    for path in _chosen():
        began = time.perf_counter()
        console.print(f"[dim]{path.stem} …[/dim]")
        rows += _measure(path)
        console.print(f"[dim]{path.stem}: {time.perf_counter() - began:.0f} s[/dim]")
    _print(rows, console)


if __name__ == "__main__":
    main()
