"""The episode of a ratio: its figures are ratios of sums, and its cause is the part that moved more."""

from __future__ import annotations

from dataclasses import dataclass

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_ratios import JudgedRatio
from services.insights_service.domain.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class RatioEpisode(Episode):
    """An episode of a ratio, whose figure is not the sum of its steps' figures.

    `figures` are the expected and the actual ratio of the window, `usual` the ends of its interval. `cost` is the
    change in units of the numerator; `moved` is the direction of the part that changed more.
    """

    of: JudgedRatio
    figures: tuple[float, float]
    usual: tuple[float, float]
    cost: float
    moved: int

    @property
    def sum_expected(self) -> float:
        """The expected ratio of the window."""
        return self.figures[0]

    @property
    def sum_actual(self) -> float:
        """The actual ratio of the window."""
        return self.figures[1]

    @property
    def way(self) -> int:
        """The direction of the part that changed more: down where missing leads raise the cost per lead."""
        return self.moved

    @property
    def known(self) -> Floats:
        """The numerator: it is also known in steps where the denominator is 0 and the ratio has no value."""
        return self.of.top

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics of the events and of the exposure: one of them may explain the episode as well."""
        return self.of.ratio.parts

    @property
    def adds_up(self) -> bool:
        """Always False: ratios of steps do not add up."""
        return False

    @property
    def concerned(self) -> tuple[str, float]:
        """The numerator's metric, and by how much it differs from its usual amount for the same denominator."""
        return self.of.ratio.top, self.cost

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the window's interval, which is wide where there is little exposure."""
        return self.usual
