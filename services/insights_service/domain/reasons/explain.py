"""Why a figure is not what was expected: the few segments that the change comes from.

A segment is everything, some members of one dimension (the branch Omaha; two campaigns), or a member of one dimension
within a member of another (Omaha's leads from Meta). Each is judged by three things (the names are those of Adtributor,
Bhagwan and others, NSDI 2014):

- its share of the total change, which has to be worth a line; of a ratio, what the ratio would have become had only
  this segment changed;
- its surprise: how much better the leaves are explained if just this segment changed by one common factor. That is the
  log likelihood ratio of the expectation-based Poisson scan statistic (Neill, "Fast subset scan for spatial pattern
  detection", JRSS B 2012), in units of the figure's own dispersion; of a ratio, that of its parts having moved apart;
- succinctness: every member that has to be named costs what it takes to single it out among its dimension's members.

The members of a dimension that explain most together are the first ones in the order of their own change, so they are
found without trying all subsets (Neill's linear-time subset scanning). A segment that is found is taken as explained,
and what is left is scanned again. Where all leaves changed alike nothing has to be named: everything is the answer.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.reasons.leaves import Groups, Leaves

# A mail or a card has room for so many; a reader too.
MOST_REASONS = 3
# What is named brings at least so much of the change, and is so much likelier than chance (log likelihood).
_LEAST_SHARE = 0.1
_LEAST_GAIN = 3.0
# Members of one dimension that may be named together.
_MOST_MEMBERS = 3

Segment = tuple[tuple[str, tuple[str, ...]], ...]


class Reason(NamedTuple):
    """One line of the answer: a segment, its figures, and its share of the total change (1.0: all of it).

    `segment` is ((dimension, members), …); empty where the change went through everything.
    """

    segment: Segment
    expected: float
    actual: float
    share: float


class _Found(NamedTuple):
    score: float
    share: float
    groups: Groups
    segment: Segment


def explain(leaves: Leaves, most: int = MOST_REASONS) -> list[Reason]:
    """The segments behind the change, the one with the largest share first; none where none stands out."""
    change = leaves.change
    if not leaves.codes.size or change == 0:
        return []
    reasons: list[Reason] = []
    standing = leaves
    while len(reasons) < most:
        best = max(_candidates(standing, change), key=lambda found: found.score)
        if best.score < _LEAST_GAIN:
            break
        reasons.append(Reason(best.segment, *leaves.figures(best.groups >= 0), best.share))
        standing = standing.explained(best.groups)
    return sorted(reasons, key=lambda reason: -reason.share)


def _candidates(leaves: Leaves, change: float) -> Iterator[_Found]:
    yield _everything(leaves, change)
    # (the only member of a dimension is everything)
    dimensions = [dimension for dimension, names in enumerate(leaves.members) if len(names) > 1]
    for dimension in dimensions:
        yield from _members(leaves, change, dimension)
    for pair in combinations(dimensions, 2):
        yield _crossing(leaves, change, *pair)


def _everything(leaves: Leaves, change: float) -> _Found:
    groups = np.zeros(len(leaves.codes), dtype=np.intp)
    scores, shares = _scores(leaves, change, groups, 1)
    return _Found(float(scores[0]), float(shares[0]), groups, ())


def _members(leaves: Leaves, change: float, dimension: int) -> Iterator[_Found]:
    """The best single member, and the best two and three."""
    codes, names, name = leaves.codes[:, dimension], leaves.members[dimension], leaves.dimensions[dimension]
    scores, shares = _scores(leaves, change, codes, len(names))
    order = np.argsort(-scores, kind="stable")
    best = int(order[0])
    cost = np.log(len(names))
    yield _Found(
        float(scores[best] - cost), float(shares[best]), np.where(codes == best, 0, -1), ((name, (names[best],)),)
    )
    for size in range(2, min(_MOST_MEMBERS, len(names) - 1) + 1):
        chosen = order[:size]
        groups = np.where(np.isin(codes, chosen), codes, -1)
        together, share = _scores(leaves, change, np.minimum(groups, 0), 1)
        cost += np.log((len(names) - size + 1) / size) + 1
        segment = ((name, tuple(names[int(member)] for member in chosen)),)
        yield _Found(float(together[0] - cost), float(share[0]), groups, segment)


def _crossing(leaves: Leaves, change: float, first: int, second: int) -> _Found:
    """The best member of one dimension within a member of another."""
    names, others = leaves.members[first], leaves.members[second]
    left, right = leaves.codes[:, first], leaves.codes[:, second]
    crossing = np.where((left >= 0) & (right >= 0), left * len(others) + right, -1)
    scores, shares = _scores(leaves, change, crossing, len(names) * len(others))
    best = int(scores.argmax())
    segment = tuple(
        (leaves.dimensions[dimension], (leaves.members[dimension][member],))
        for dimension, member in zip((first, second), divmod(best, len(others)), strict=True)
    )
    cost = np.log(len(names)) + np.log(len(others)) + 1
    return _Found(float(scores[best] - cost), float(shares[best]), np.where(crossing == best, 0, -1), segment)


def _scores(leaves: Leaves, change: float, groups: Groups, count: int) -> tuple[Floats, Floats]:
    """Surprise of each group, 0 for those that bring too little of the change; and their shares."""
    share, surprise = leaves.weigh(groups, count, change)
    # A ratio stays where it was if both its parts double: there the surprise alone would mislead.
    score = surprise * np.minimum(share, 1.0) if leaves.is_ratio else surprise
    return np.where(share >= _LEAST_SHARE, score, 0.0), share
