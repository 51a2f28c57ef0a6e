"""Leaves of a figure: expected and actual values of each combination of its dimensions' members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats

Mask = NDArray[np.bool_]
Groups = NDArray[np.intp]

# A ratio also changes if a member gains weight whose own ratio stays the same. For that, the surprise of numerator and
# denominator by themselves counts with this weight.
_WEIGHT_OF_MIX = 0.3


class Part(NamedTuple):
    """Additive values: `expected` and `actual` have the shape (leaves,).

    `dispersion` is the variance of a leaf over its mean: 1 for plain counts, the usual size of a sale for revenue.
    """

    expected: Floats
    actual: Floats
    dispersion: float = 1.0


class Weight(NamedTuple):
    """The share of each group of leaves in the total change, and its surprise; both have the shape (groups,)."""

    share: Floats
    surprise: Floats


@dataclass(frozen=True)
class Leaves:
    """The leaves of a figure, which is the sum of `part`, or with a `denominator` the ratio of both sums.

    `members[d]` names the members of dimension d (`dimensions[d]`). `codes` (leaves, dimensions) holds the index of
    each leaf's member, -1 for none.
    """

    dimensions: Sequence[str]
    members: Sequence[Sequence[str]]
    codes: NDArray[np.intp]
    part: Part
    denominator: Part | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether the figure is a ratio."""
        return self.denominator is not None

    @property
    def change(self) -> float:
        """The change of the whole figure: actual less expected."""
        expected, actual = self.figures(np.ones(len(self.codes), dtype=np.bool_))
        return actual - expected

    def figures(self, mask: Mask) -> tuple[float, float]:
        """Return the expected and the actual figure of these leaves; a ratio with denominator 0 is 0."""
        expected, actual = (float(values[mask].sum()) for values in (self.part.expected, self.part.actual))
        if self.denominator is None:
            return expected, actual
        expected_below, actual_below = (
            float(values[mask].sum()) for values in (self.denominator.expected, self.denominator.actual)
        )
        return _ratio(expected, expected_below), _ratio(actual, actual_below)

    def weigh(self, groups: Groups, count: int, change: float) -> Weight:
        """Return share and surprise of `count` groups; `groups` holds the group of each leaf, -1 for none.

        `change` is the change of the whole figure.
        """
        above, surprise = _grouped(self.part, groups, count)
        if self.denominator is None:
            return Weight((above[1] - above[0]) / change, surprise)
        below, surprise_below = _grouped(self.denominator, groups, count)
        total_above, total_below = self.part.expected.sum(), self.denominator.expected.sum()
        # The ratio of the whole if only this group had changed.
        new_below = np.maximum(total_below + below[1] - below[0], self.denominator.dispersion / 2)
        new_ratio = (total_above + above[1] - above[0]) / new_below
        moved_apart = _moved_apart(self.part, above, self.denominator, below)
        return Weight(
            (new_ratio - _ratio(total_above, total_below)) / change,
            moved_apart + _WEIGHT_OF_MIX * (surprise + surprise_below),
        )

    def explained(self, groups: Groups) -> Leaves:
        """Return leaves as if each group's actual sum had been expected: its leaves are scaled by one factor.

        `groups` are as in `weigh`.
        """
        below = self.denominator
        return replace(self, part=_scaled(self.part, groups), denominator=below and _scaled(below, groups))


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else 0.0


def _grouped(part: Part, groups: Groups, count: int) -> tuple[tuple[Floats, Floats], Floats]:
    """Return expected and actual sums of the groups, and the surprise of each."""
    expected, actual = _sums(part, groups, count)
    mean = np.maximum(expected, part.dispersion / 2)
    positive = np.maximum(actual, 0.0)
    # Poisson log likelihood ratio, in units of the dispersion, of the actual mean to the expected one. If refunds
    # exceed sales, `actual` is negative and the ratio goes on rising.
    gain = positive * np.log(np.maximum(positive, 1e-12) / mean) - actual + mean
    return (expected, actual), gain / part.dispersion


def _moved_apart(part: Part, sums: tuple[Floats, Floats], other: Part, other_sums: tuple[Floats, Floats]) -> Floats:
    """Return the log likelihood ratio of each part having its own factor to both having a common one."""
    counts = [
        (np.maximum(expected / each.dispersion, 0.5), np.maximum(actual / each.dispersion, 0.0))
        for each, (expected, actual) in ((part, sums), (other, other_sums))
    ]
    factor = np.maximum(sum(count for _, count in counts) / sum(mean for mean, _ in counts), 1e-9)
    gains = [
        count * np.log(np.maximum(count, 1e-12) / (factor * mean)) - count + factor * mean for mean, count in counts
    ]
    return np.sum(gains, axis=0)


def _scaled(part: Part, groups: Groups) -> Part:
    in_group = groups >= 0
    expected, actual = _sums(part, groups, int(groups.max()) + 1)
    factor = np.divide(actual, expected, out=np.ones_like(actual), where=expected > 0)[groups]
    was_zero = (expected <= 0)[groups]
    return part._replace(
        expected=np.where(in_group, np.where(was_zero, part.actual, part.expected * factor), part.expected)
    )


def _sums(part: Part, groups: Groups, count: int) -> tuple[Floats, Floats]:
    in_group = groups >= 0
    own_groups = groups[in_group]
    expected, actual = (np.bincount(own_groups, values[in_group], count) for values in (part.expected, part.actual))
    return expected.astype(np.float64), actual.astype(np.float64)
