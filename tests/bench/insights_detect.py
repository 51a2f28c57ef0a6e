"""Benchmark of anomaly detection, and its CPU time: `make bench-insights`.

Series are simulated, the same for the same `--seed`: faults in seasonal hourly counts, and in daily figures of young
and old tenants; changes of ratios; and labelled families scored as in the Numenta Anomaly Benchmark, beside a windowed
Gaussian. A folder of real labelled series may be given: its CSV files that begin with the columns timestamp, value,
label are scored too.
"""

import os

# The CPU time of one core is measured, so this is set before numpy is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from anomaly_score import Floats, Labelled, best, tallies
from injected_faults import FAULTS, recall, score_all, seasonal_counts, threshold_of
from injected_ratios import measure_ratios
from made_anomalies import HELD_OUT, KNOWN, UNUSUAL, corpus
from made_days import DAY_FAULTS, KINDS, LENGTHS, THRESHOLD, day_recall, false_alarms
from rich.console import Console
from rich.table import Table
from windowed_gaussian import windowed_gaussian

from services.insights_service.domain.detect import detect

_WEIGHTS = {"standard": 0.11, "false alarms double": 0.22}
_DAYS_DIFFER = {"even days": (0.05, 0.02), "uneven days": (0.1, 0.05)}


def measure_faults(table: Table, seed: int, series: int) -> None:
    """Measure the recall of each fault at one false episode a series-month, in calm and in restless series."""
    for name, (differ, dispersion) in _DAYS_DIFFER.items():
        rng = np.random.default_rng([seed, 1])
        counts = seasonal_counts(rng, series, 60.0, dispersion, differ)
        threshold = threshold_of(score_all(counts))
        table.add_row(f"{name}: threshold of one false episode a series-month", f"{threshold:.2f}", "")
        for fault in FAULTS:
            table.add_row(
                f"{name}: {fault.name}", f"{recall(rng, counts, fault, threshold):.2f}", f"≥ {fault.asked:.2f}"
            )


def measure_cost(table: Table, seed: int) -> None:
    """Measure the CPU time of a series of 90 days of hours, a hundred at once (best of three)."""
    counts = seasonal_counts(np.random.default_rng([seed, 2]), 100, 60.0, 0.02, 0.05)
    for name, last in (("all rows", None), ("the last day alone", 24)):
        spent: list[float] = []
        for _ in range(3):
            began = time.process_time()
            score_all(counts, last)
            spent.append(time.process_time() - began)
        table.add_row(f"CPU a series, {name}", f"{min(spent) * 1e3 / len(counts):.2f} ms", "≤ 1.50")


def measure_days(table: Table, seed: int, series: int) -> None:
    """Measure false alarms a series-month and the recall of each fault at one threshold, by length of the history."""
    faults = ", ".join(fault.name for fault in DAY_FAULTS)
    table.add_row(f"by the day, recall at {THRESHOLD:g} of: {faults}", "false a month", "≤ 1.00")
    for kind in KINDS:
        for history in LENGTHS:
            rng = np.random.default_rng([seed, 3, history])
            false = false_alarms(rng, kind, history, series)
            found = " ".join(f"{day_recall(rng, kind, fault, history, series):.2f}" for fault in DAY_FAULTS)
            table.add_row(f"  {kind.name}, {history} days: {found}", f"{false:.2f}", "")


def measure_labelled(table: Table, name: str, series: Sequence[Labelled], *, by_family: bool = True) -> None:
    """Measure scores of labelled series at one threshold for all, in total and by family, beside the baseline."""
    began = time.process_time()
    ours = [detect(one.values, one.timestamps) for one in series]
    spent = time.process_time() - began
    rows = sum(len(one.values) for one in series)
    table.add_row(f"{name}: CPU a million points", f"{spent / rows * 1e6:.1f} s", "")
    baseline = [windowed_gaussian(one.values) for one in series]
    for profile, weight in _WEIGHTS.items():
        reached, theirs = best(series, ours, weight), best(series, baseline, weight)
        found = f"{reached.found} of {reached.windows} found, {reached.false_alarms} false"
        what = f"{found}, threshold {reached.threshold:.2f}"
        table.add_row(f"{name}, {profile}: {what}", f"{reached.score:.1f}", f"Gaussian {theirs.score:.1f}")
    if by_family:
        _by_family(table, series, ours)


def _by_family(table: Table, series: Sequence[Labelled], scores: Sequence[Floats]) -> None:
    weight = _WEIGHTS["standard"]
    threshold = np.array([best(series, scores, weight).threshold])
    for family in sorted({one.family for one in series}):
        members = [place for place, one in enumerate(series) if one.family == family]
        tally = tallies([series[at] for at in members], [scores[at] for at in members], threshold, weight)[0]
        what = f"  {family}: {tally.found} of {tally.windows} found, {tally.false_alarms} false in {len(members)}"
        table.add_row(what, f"{tally.score:.0f}" if tally.windows else "–", "")


def read_folder(folder: Path) -> list[Labelled]:
    """Read every CSV below a folder with columns timestamp, value, label; neighbouring labelled rows are one window."""
    found: list[Labelled] = []
    for path in sorted(folder.rglob("*.csv")):
        with path.open() as lines:
            if not lines.readline().strip().lower().startswith("timestamp,value,label"):
                continue
        stamps, values, labels = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(0, 1, 2), dtype=str, unpack=True)
        marked = np.flatnonzero(labels.astype(float) > 0)
        parts = [part for part in np.split(marked, np.flatnonzero(np.diff(marked) > 1) + 1) if len(part)]
        windows = tuple((int(part[0]), int(part[-1])) for part in parts)
        moments = stamps.astype("datetime64[s]")
        found.append(Labelled(path.stem, path.parent.name, values.astype(float), moments, windows))
    return found


def main() -> None:
    """Run the measurements that the command line names, and print them."""
    parser = argparse.ArgumentParser(
        description="Measure the recall and false alarms of anomaly detection, and its CPU time."
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--series", type=int, default=120, help="seasonal series with injected faults")
    parser.add_argument("--each", type=int, default=2, help="labelled series of every family")
    parser.add_argument("folder", type=Path, nargs="?", help="real labelled series: CSV files timestamp,value,label")
    arguments = parser.parse_args()
    real = read_folder(arguments.folder) if arguments.folder is not None else []
    table = Table(title=f"Anomalies, seed {arguments.seed}")
    for column in ("what", "figure", "asked, or baseline"):
        table.add_column(column, justify="left" if column == "what" else "right")
    measure_faults(table, arguments.seed, arguments.series)
    measure_cost(table, arguments.seed)
    measure_days(table, arguments.seed, arguments.series)
    measure_ratios(table, arguments.seed, arguments.series)
    measure_labelled(table, "families used in development", corpus(KNOWN, arguments.seed, arguments.each))
    measure_labelled(table, "held-out families", corpus(HELD_OUT, arguments.seed, arguments.each))
    measure_labelled(table, "unusual families", corpus(UNUSUAL, arguments.seed, arguments.each))
    everything = (*KNOWN, *HELD_OUT, *UNUSUAL)
    measure_labelled(table, "all families", corpus(everything, arguments.seed, arguments.each), by_family=False)
    if real:
        measure_labelled(table, str(arguments.folder), real)
    elif arguments.folder is not None:
        table.add_row(f"{arguments.folder}: no CSV file that begins with timestamp,value,label", "–", "")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
