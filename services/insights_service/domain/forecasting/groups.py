"""Group series with the same plan, length and sign, so that each group is computed as one matrix."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.history import cleaned, kept_length
from services.insights_service.domain.forecasting.intervals import DOUBTS, OF_HOURS, Day, Doubts
from services.insights_service.domain.forecasting.plans import Plan, plan_of

TOGETHER = 64  # Series computed together; their arrays fit into the processor's cache.
OF_A_WEEK = 5  # Days that the origins of hours must span to have seen workdays and weekends.


@dataclass(frozen=True)
class Group:
    """Histories of one plan, length and sign, each divided by its own largest absolute value."""

    places: list[int]  # Indices among all series.
    past: Floats  # (n, steps).
    plan: Plan
    positive: bool  # Whether no value is negative.

    def apart(self, horizon: int) -> float:
        """Return the equivalent number of trials that do not overlap."""
        return self.plan.apart(self.past.shape[1], horizon)

    def doubts(self, horizon: int) -> Doubts:
        """Return the factors by which the intervals are widened."""
        ends = self.plan.ends(self.past.shape[1], horizon)
        of_a_week = self.plan.kind == "hours" and ends[-1] - ends[0] >= OF_A_WEEK * self.plan.season
        return OF_HOURS if of_a_week else DOUBTS

    def day(self, horizon: int) -> Day | None:
        """Return the hours of the trials if all begin at the same hour and last for at least a day, else None."""
        steps, season = self.past.shape[1], self.plan.season
        ends = self.plan.ends(steps, horizon)
        if self.plan.kind != "hours" or self.plan.trial(steps, horizon) < season:
            return None
        begins = {(end - steps) % season for end in ends}
        return Day(season, begins.pop()) if len(begins) == 1 else None


@dataclass(frozen=True)
class Asked:
    """A checked request: it groups its series, and converts results to their own units and order."""

    season: int
    horizon: int
    levels: tuple[float, ...]  # Ascending.
    order: list[int]  # Index in `levels` of each level as requested.
    histories: list[Floats]
    scales: Floats  # (n,), largest absolute values; 0 for a series without a value other than zero.

    @classmethod
    def of(cls, series: Sequence[ArrayLike] | Floats, season: int, horizon: int, levels: Sequence[float]) -> "Asked":
        """Check the arguments and clean the histories.

        Raises:
            ValueError: a horizon or season that is not an integer of at least 1, or a level not between 0 and 100.
        """
        if int(horizon) != horizon or horizon < 1:
            raise ValueError("horizon must be a whole number of steps, at least 1")
        if int(season) != season or season < 1:
            raise ValueError("season must be a whole number of steps, at least 1 (for none)")
        if not all(0 < level < 100 for level in levels):  # noqa: PLR2004 - percent
            raise ValueError("levels must lie between 0 and 100 percent")
        ascending = sorted(levels)
        histories = [cleaned(values, int(season)) for values in series]
        scales = np.array([np.abs(history).max(initial=0.0) for history in histories], dtype=np.float64)
        order = [ascending.index(level) for level in levels]
        return cls(int(season), int(horizon), tuple(map(float, ascending)), order, histories, scales)

    def groups(self) -> Iterator[Group]:
        """Yield groups of at most TOGETHER series; a series without a value other than zero is in none."""
        places: dict[tuple[Plan, int, bool], list[int]] = defaultdict(list)
        for place in np.flatnonzero(self.scales):
            history = self.histories[place] / self.scales[place]
            plan = plan_of(history, self.season, self.horizon)
            steps = kept_length(len(history), plan.most, fine=5 if plan.kind == "hours" else 4)
            places[plan, steps, bool(history.min() >= 0)].append(int(place))
        for (plan, steps, positive), members in places.items():
            for begin in range(0, len(members), TOGETHER):
                batch = members[begin : begin + TOGETHER]
                past = np.stack([self.histories[place][-steps:] / self.scales[place] for place in batch])
                yield Group(batch, past, plan, positive)

    def in_units(self, middle: Floats, width: Floats) -> tuple[Floats, Floats, Floats]:
        """Convert middles (n, …) and half widths (n, levels, …) to middles, lower and upper ends, as requested.

        Intervals of higher levels contain those of lower ones. Series without negative values have no negative results.
        Results beyond the largest float are limited to it.
        """
        width = np.maximum.accumulate(width, axis=1)
        never_negative = np.array([history.min(initial=0.0) >= 0 for history in self.histories], dtype=bool)
        most = np.finfo(np.float64).max
        found: list[Floats] = []
        for part in (middle, middle[:, None] - width, middle[:, None] + width):
            scales = self.scales.reshape(-1, *([1] * (part.ndim - 1)))
            floor = np.where(never_negative, 0.0, -np.inf).reshape(scales.shape)
            with np.errstate(over="ignore"):
                found.append(np.clip(np.maximum(part, floor) * scales, -most, most))
        return found[0], found[1][:, self.order], found[2][:, self.order]
