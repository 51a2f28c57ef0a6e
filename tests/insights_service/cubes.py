"""Simulated leads of a company by platform, campaign, branch and product, in which one segment changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.reasons.explain import Segment
from services.insights_service.domain.reasons.leaves import Leaves, Mask, Part

DIMENSIONS = ("platform", "campaign", "branch", "product")
SIZES = (5, 12, 40, 8)
_LEAVES = 400
# The expected figures are themselves the mean of so many simulated periods.
_PERIODS = 8


@dataclass
class Cube:
    """A company's leaves: mean leads and cost of a lead before the change, (leaves,); `mask` has those that change."""

    codes: np.ndarray
    leads: Floats
    cost_of_lead: Floats
    mask: Mask

    def plain(self, rng: np.random.Generator, factor: float) -> Leaves:
        """Simulate leads, with those of the segment multiplied by `factor`."""
        actual = rng.poisson(self._changed(self.leads, factor)).astype(float)
        return self._leaves(Part(self._measured(rng), actual))

    def ratio(self, rng: np.random.Generator, factor: float, growth: float) -> Leaves:
        """Simulate the cost of a lead: everything grows, and the segment's leads are multiplied by `factor`."""
        spend = self.leads * self.cost_of_lead
        leads = rng.poisson(self._changed(self.leads, factor) * growth).astype(float)
        return self._leaves(Part(spend, spend * growth, 20.0), Part(self._measured(rng), leads))

    def is_named(self, segment: Segment) -> bool:
        """Return whether a segment is the one that changed, apart from 2 % of its leads."""
        named = np.ones(len(self.codes), dtype=np.bool_)
        for dimension, members in segment:
            named &= np.isin(self.codes[:, DIMENSIONS.index(dimension)], [int(member) for member in members])
        return float(self.leads[named != self.mask].sum()) <= 0.02 * float(self.leads[self.mask].sum())

    def _measured(self, rng: np.random.Generator) -> Floats:
        return rng.poisson(self.leads * _PERIODS) / _PERIODS

    def _changed(self, values: Floats, factor: float) -> Floats:
        return np.where(self.mask, values * factor, values)

    def _leaves(self, part: Part, denominator: Part | None = None) -> Leaves:
        members = [[str(member) for member in range(size)] for size in SIZES]
        return Leaves(DIMENSIONS, members, self.codes, part, denominator)


def cubes(rng: np.random.Generator, count: int, leads: float) -> Iterator[Cube]:
    """Yield companies with a segment that holds 8 to 70 % of the leads, or everything.

    The segment is a member of a dimension, a combination of members of two dimensions, or everything.
    """
    while count:
        weights = [rng.dirichlet(np.full(size, 0.6)) for size in SIZES]
        codes = np.stack([rng.choice(len(weight), _LEAVES, p=weight) for weight in weights], axis=1)
        # A campaign runs on one platform.
        codes[:, 0] = rng.integers(0, SIZES[0], SIZES[1])[codes[:, 1]]
        codes = np.unique(codes, axis=0)
        volume = rng.gamma(0.5, 1, len(codes))
        volume *= leads / volume.sum()
        mask = _segment(rng, codes)
        if _is_worth_naming(volume, mask):
            count -= 1
            yield Cube(codes, volume, np.exp(rng.normal(3, 0.4, len(codes))), mask)


def others_of(rng: np.random.Generator, cube: Cube, count: int) -> Iterator[Cube]:
    """Yield the same company with other segments."""
    while count:
        mask = _segment(rng, cube.codes)
        if _is_worth_naming(cube.leads, mask):
            count -= 1
            yield replace(cube, mask=mask)


def _is_worth_naming(volume: Floats, mask: Mask) -> bool:
    return bool(0.08 < volume[mask].sum() / volume.sum() < 0.7 or mask.all())


def _segment(rng: np.random.Generator, codes: np.ndarray) -> Mask:
    leaf = codes[rng.integers(len(codes))]
    dimensions = rng.choice(len(SIZES), rng.choice([0, 1, 2], p=[0.04, 0.5, 0.46]), replace=False)
    return (codes[:, dimensions] == leaf[dimensions]).all(axis=1)
