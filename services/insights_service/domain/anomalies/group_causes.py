"""Findings that have one cause are one alert: an outage is not told of each channel, branch and figure it stops."""

from collections.abc import Sequence
from typing import NamedTuple

# What begins so soon after another thing ended may still be the same.
_APART_HOURS = 6.0


class Finding(NamedTuple):
    """An episode of one series: `segment` is what the series is of, {dimension: member}, empty for the whole company.

    Half-open, in hours of any common origin. `direction` is 1 for more than expected, -1 for less; of a ratio, that of
    the part that moved, and `ratio` says which it is and where it went. Those of the same `rows` are of the same series
    under another name; None is of no other's.
    """

    segment: dict[str, str]
    starts: float
    ends: float
    direction: int
    priority: float
    ratio: str = ""
    rows: int | None = None


def group_causes(findings: Sequence[Finding]) -> list[list[int]]:
    """Indexes of the findings by cause; within a cause and among causes, the highest priority comes first.

    Two findings are linked where they moved the same way, or are the same ratio that did, at the same time and one is a
    part of the other's segment, or of the same rows; what is linked to the same finding is linked.
    """
    leader = list(range(len(findings)))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for later in range(len(findings)):
        for earlier in range(later):
            if find(earlier) != find(later) and are_linked(findings[earlier], findings[later]):
                leader[find(later)] = find(earlier)
    groups: dict[int, list[int]] = {}
    for index in sorted(range(len(findings)), key=lambda index: -findings[index].priority):
        groups.setdefault(find(index), []).append(index)
    return list(groups.values())


def are_linked(one: Finding, other: Finding) -> bool:
    """Whether two findings moved the same way at the same time, one a part of the other or the same by another name."""
    meet = one.starts < other.ends + _APART_HOURS and other.starts < one.ends + _APART_HOURS
    small, large = sorted((one.segment, other.segment), key=len)
    alike = one.direction == other.direction or (one.ratio != "" and one.ratio == other.ratio)
    is_part = small.items() <= large.items() or (one.rows is not None and one.rows == other.rows)
    return alike and meet and is_part
