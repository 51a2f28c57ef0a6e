"""A figure broken down to the combinations of members that it is made of: what was expected of each, and what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats

Mask = NDArray[np.bool_]
Groups = NDArray[np.intp]

# A ratio changes too where members weigh more than before, whose own did not: so much counts that their parts moved.
_BY_ITSELF = 0.3


class Part(NamedTuple):
    """What adds up: `expected` and `actual` are (leaves,).

    `dispersion` is variance over mean of a leaf: 1 for plain counts, the usual size of a sale for revenue.
    """

    expected: Floats
    actual: Floats
    dispersion: float = 1.0


class Weight(NamedTuple):
    """Of groups of leaves, (groups,): the share of the total change that each brings, and its surprise."""

    share: Floats
    surprise: Floats


@dataclass(frozen=True)
class Leaves:
    """`members[d]` names the members of dimension d (`dimensions[d]`).

    `codes` (leaves, dimensions) says which of them a leaf has, -1 for none. The figure is the sum of `part`, or that
    over the sum of `denominator`.
    """

    dimensions: Sequence[str]
    members: Sequence[Sequence[str]]
    codes: NDArray[np.intp]
    part: Part
    denominator: Part | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether the figure does not add up."""
        return self.denominator is not None

    @property
    def change(self) -> float:
        """Of the whole figure, actual less expected."""
        expected, actual = self.figures(np.ones(len(self.codes), dtype=np.bool_))
        return actual - expected

    def figures(self, mask: Mask) -> tuple[float, float]:
        """Expected and actual figure of these leaves; a ratio over nothing is 0."""
        expected, actual = (float(values[mask].sum()) for values in (self.part.expected, self.part.actual))
        if self.denominator is None:
            return expected, actual
        below, came = (float(values[mask].sum()) for values in (self.denominator.expected, self.denominator.actual))
        return _over(expected, below), _over(actual, came)

    def weigh(self, groups: Groups, count: int, change: float) -> Weight:
        """Weigh `count` groups against a change of the whole; `groups` is the number of each leaf's, -1 for none."""
        sums, surprise = _grouped(self.part, groups, count)
        if self.denominator is None:
            return Weight((sums[1] - sums[0]) / change, surprise)
        below, other = _grouped(self.denominator, groups, count)
        whole, base = self.part.expected.sum(), self.denominator.expected.sum()
        bottom = np.maximum(base + below[1] - below[0], self.denominator.dispersion / 2)
        became = (whole + sums[1] - sums[0]) / bottom
        apart = _moved_apart(self.part, sums, self.denominator, below)
        return Weight((became - _over(whole, base)) / change, apart + _BY_ITSELF * (surprise + other))

    def explained(self, groups: Groups) -> Leaves:
        """As if what came of each group (as above) had been expected: of its leaves in proportion, by one factor."""
        below = self.denominator
        return replace(self, part=_scaled(self.part, groups), denominator=below and _scaled(below, groups))


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else 0.0


def _grouped(part: Part, groups: Groups, count: int) -> tuple[tuple[Floats, Floats], Floats]:
    expected, actual = _sums(part, groups, count)
    mean = np.maximum(expected, part.dispersion / 2)
    came = np.maximum(actual, 0.0)
    # log likelihood of a mean of their own (Poisson in units of the dispersion), less that of the expected one
    # (below nothing, where refunds exceed sales, it goes on rising)
    gain = came * np.log(np.maximum(came, 1e-12) / mean) - actual + mean
    return (expected, actual), gain / part.dispersion


def _moved_apart(part: Part, sums: tuple[Floats, Floats], other: Part, below: tuple[Floats, Floats]) -> Floats:
    """How much likelier both parts are with a factor of their own each than with one for both."""
    counted = [
        (np.maximum(expected / of.dispersion, 0.5), np.maximum(actual / of.dispersion, 0.0))
        for of, (expected, actual) in ((part, sums), (other, below))
    ]
    factor = np.maximum(sum(came for _, came in counted) / sum(mean for mean, _ in counted), 1e-9)
    gains = [came * np.log(np.maximum(came, 1e-12) / (factor * mean)) - came + factor * mean for mean, came in counted]
    return np.sum(gains, axis=0)


def _scaled(part: Part, groups: Groups) -> Part:
    known = groups >= 0
    expected, actual = _sums(part, groups, int(groups.max()) + 1)
    factor = np.divide(actual, expected, out=np.ones_like(actual), where=expected > 0)[groups]
    nothing = (expected <= 0)[groups]
    return part._replace(
        expected=np.where(known, np.where(nothing, part.actual, part.expected * factor), part.expected)
    )


def _sums(part: Part, groups: Groups, count: int) -> tuple[Floats, Floats]:
    known = groups >= 0
    of = groups[known]
    expected, actual = (np.bincount(of, values[known], count) for values in (part.expected, part.actual))
    return expected.astype(np.float64), actual.astype(np.float64)
