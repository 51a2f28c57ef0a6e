"""Leads of a company broken down by campaign, branch and product, in which one segment changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.reasons.explain import Segment
from services.insights_service.domain.reasons.leaves import Leaves, Mask, Part

DIMENSIONS = ("platform", "campaign", "branch", "product")
SIZES = (5, 12, 40, 8)
_LEAVES = 400
# The expected figures are themselves a mean of so many periods.
_PERIODS = 8


@dataclass
class Cube:
    """`mask` says which leaves changed by a factor; `leads` and `cost_of_lead` are (leaves,), before the change."""

    codes: np.ndarray
    leads: Floats
    cost_of_lead: Floats
    mask: Mask

    def plain(self, random: np.random.Generator, factor: float) -> Leaves:
        """Leads, in which the segment changed."""
        came = random.poisson(self._changed(self.leads, factor)).astype(float)
        return self._leaves(Part(self._measured(random), came))

    def ratio(self, random: np.random.Generator, factor: float, growth: float) -> Leaves:
        """The cost of a lead, whose leads changed in the segment while everything grew."""
        spend = self.leads * self.cost_of_lead
        leads = random.poisson(self._changed(self.leads, factor) * growth).astype(float)
        return self._leaves(Part(spend, spend * growth, 20.0), Part(self._measured(random), leads))

    def is_named(self, segment: Segment) -> bool:
        """Whether a segment is the one that changed, but for leaves of next to nothing."""
        named = np.ones(len(self.codes), dtype=np.bool_)
        for dimension, members in segment:
            named &= np.isin(self.codes[:, DIMENSIONS.index(dimension)], [int(member) for member in members])
        return float(self.leads[named != self.mask].sum()) <= 0.02 * float(self.leads[self.mask].sum())

    def _measured(self, random: np.random.Generator) -> Floats:
        return random.poisson(self.leads * _PERIODS) / _PERIODS

    def _changed(self, values: Floats, factor: float) -> Floats:
        return np.where(self.mask, values * factor, values)

    def _leaves(self, part: Part, denominator: Part | None = None) -> Leaves:
        members = [[str(member) for member in range(size)] for size in SIZES]
        return Leaves(DIMENSIONS, members, self.codes, part, denominator)


def cubes(random: np.random.Generator, count: int, leads: float) -> Iterator[Cube]:
    """Companies with a segment of 8 to 70 % of their leads: one member, two members' crossing, or everything."""
    while count:
        weights = [random.dirichlet(np.full(size, 0.6)) for size in SIZES]
        codes = np.stack([random.choice(len(weight), _LEAVES, p=weight) for weight in weights], axis=1)
        # a campaign runs on one platform
        codes[:, 0] = random.integers(0, SIZES[0], SIZES[1])[codes[:, 1]]
        codes = np.unique(codes, axis=0)
        volume = random.gamma(0.5, 1, len(codes))
        volume *= leads / volume.sum()
        mask = _segment(random, codes)
        if _is_worth_naming(volume, mask):
            count -= 1
            yield Cube(codes, volume, np.exp(random.normal(3, 0.4, len(codes))), mask)


def others_of(random: np.random.Generator, cube: Cube, count: int) -> Iterator[Cube]:
    """The same company with other segments."""
    while count:
        mask = _segment(random, cube.codes)
        if _is_worth_naming(cube.leads, mask):
            count -= 1
            yield replace(cube, mask=mask)


def _is_worth_naming(volume: Floats, mask: Mask) -> bool:
    return bool(0.08 < volume[mask].sum() / volume.sum() < 0.7 or mask.all())


def _segment(random: np.random.Generator, codes: np.ndarray) -> Mask:
    leaf = codes[random.integers(len(codes))]
    dimensions = random.choice(len(SIZES), random.choice([0, 1, 2], p=[0.04, 0.5, 0.46]), replace=False)
    return (codes[:, dimensions] == leaf[dimensions]).all(axis=1)
