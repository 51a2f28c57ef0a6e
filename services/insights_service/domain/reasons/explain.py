"""Search for the few segments that explain why a figure differs from its expectation.

A segment is everything, some members of one dimension (the branch Omaha; two campaigns), or a member of one dimension
within a member of another (Omaha's leads from Meta). Each is judged by three criteria, named as in Adtributor (Bhagwan
and others, NSDI 2014):

- Its share of the total change. For a ratio, this is how far the ratio would have moved if only this segment had
  changed.
- Its surprise: how much better the leaves are explained if just this segment changed by one common factor. This is the
  log likelihood ratio of the expectation-based Poisson scan statistic (Neill, "Fast subset scan for spatial pattern
  detection", JRSS B 2012), in units of the figure's own dispersion. For a ratio, it is mainly the log likelihood ratio
  of numerator and denominator having changed by different factors.
- Succinctness: naming members costs the log of the number of ways to choose them, and 1 for each after the first.

The members of a dimension that together explain most are the first in the order of their own scores, so they are found
without trying all subsets (Neill's linear-time subset scanning). A segment that is found is then taken as explained,
and the rest is scanned again. If all leaves changed alike, everything is the answer and nothing is named.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.reasons.leaves import Groups, Leaves

# A mail or a card has no room for more.
MOST_REASONS = 3
# A segment is a reason from this share of the change on, and from this gain in log likelihood on.
_LEAST_SHARE = 0.1
_LEAST_GAIN = 3.0
# The largest number of members of one dimension in a segment.
_MOST_MEMBERS = 3

Segment = tuple[tuple[str, tuple[str, ...]], ...]


class Reason(NamedTuple):
    """A segment, its expected and actual figures, and its share of the total change (1.0 is all of it).

    `segment` is ((dimension, members), …). It is empty if everything changed alike.
    """

    segment: Segment
    expected: float
    actual: float
    share: float


class _Candidate(NamedTuple):
    score: float
    share: float
    groups: Groups
    segment: Segment


def explain(leaves: Leaves, most: int = MOST_REASONS) -> list[Reason]:
    """Return the segments that explain the change, the largest share first; empty if none stands out."""
    change = leaves.change
    if not leaves.codes.size or change == 0:
        return []
    reasons: list[Reason] = []
    unexplained = leaves
    while len(reasons) < most:
        best = max(_candidates(unexplained, change), key=lambda candidate: candidate.score)
        if best.score < _LEAST_GAIN:
            break
        reasons.append(Reason(best.segment, *leaves.figures(best.groups >= 0), best.share))
        unexplained = unexplained.explained(best.groups)
    return sorted(reasons, key=lambda reason: -reason.share)


def _candidates(leaves: Leaves, change: float) -> Iterator[_Candidate]:
    yield _everything(leaves, change)
    # A dimension with one member would only repeat everything.
    dimensions = [dimension for dimension, names in enumerate(leaves.members) if len(names) > 1]
    for dimension in dimensions:
        yield from _members(leaves, change, dimension)
    for pair in combinations(dimensions, 2):
        yield _crossing(leaves, change, *pair)


def _everything(leaves: Leaves, change: float) -> _Candidate:
    groups = np.zeros(len(leaves.codes), dtype=np.intp)
    scores, shares = _scores(leaves, change, groups, 1)
    return _Candidate(float(scores[0]), float(shares[0]), groups, ())


def _members(leaves: Leaves, change: float, dimension: int) -> Iterator[_Candidate]:
    """Yield the best single member of a dimension, and its best two and three members."""
    codes, names, name = leaves.codes[:, dimension], leaves.members[dimension], leaves.dimensions[dimension]
    scores, shares = _scores(leaves, change, codes, len(names))
    order = np.argsort(-scores, kind="stable")
    best = int(order[0])
    cost = np.log(len(names))
    yield _Candidate(
        float(scores[best] - cost), float(shares[best]), np.where(codes == best, 0, -1), ((name, (names[best],)),)
    )
    for size in range(2, min(_MOST_MEMBERS, len(names) - 1) + 1):
        chosen = order[:size]
        groups = np.where(np.isin(codes, chosen), codes, -1)
        together, share = _scores(leaves, change, np.minimum(groups, 0), 1)
        cost += np.log((len(names) - size + 1) / size) + 1
        segment = ((name, tuple(names[int(member)] for member in chosen)),)
        yield _Candidate(float(together[0] - cost), float(share[0]), groups, segment)


def _crossing(leaves: Leaves, change: float, first: int, second: int) -> _Candidate:
    """Return the best combination of a member of one dimension with a member of another."""
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
    return _Candidate(float(scores[best] - cost), float(shares[best]), np.where(crossing == best, 0, -1), segment)


def _scores(leaves: Leaves, change: float, groups: Groups, count: int) -> tuple[Floats, Floats]:
    """Return the score and the share of each group; the score is 0 if the share is too small."""
    share, surprise = leaves.weigh(groups, count, change)
    # A ratio does not change if its numerator and denominator both double, so its surprise alone would mislead.
    score = surprise * np.minimum(share, 1.0) if leaves.is_ratio else surprise
    return np.where(share >= _LEAST_SHARE, score, 0.0), share
