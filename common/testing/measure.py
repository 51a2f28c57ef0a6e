"""What a bench reports: a figure of ours beside the nearest physical thing, measured in the same run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One row of the table that `make bench` prints.

    `ours` and `baseline` are medians in `unit`. With `higher_is_better` the ratio is ours / baseline and should be at
    least `hold`; else (a time, or an overhead) it should be at most `hold`. Without a baseline `ours` itself is held
    against `hold`.
    """

    what: str
    ours: float
    unit: str
    hold: float
    aim: float
    baseline: float | None = None
    baseline_what: str = ""
    higher_is_better: bool = True
    note: str = ""

    @property
    def value(self) -> float:
        """What is held against the target: the ratio, or our own figure where there is no baseline."""
        return self.ours if self.baseline is None else self.ours / self.baseline

    @property
    def holds(self) -> bool:
        """Whether the figure is on the right side of `hold`."""
        return self.value >= self.hold if self.higher_is_better else self.value <= self.hold
