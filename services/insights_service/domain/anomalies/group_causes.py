"""Group findings by cause: an outage is one alert, not one for each channel, branch and metric that it stops."""

from collections.abc import Sequence
from typing import NamedTuple

# Findings may share a cause if one begins within this time after the other ended.
_APART_HOURS = 6.0


class Finding(NamedTuple):
    """An episode of one series, as far as grouping needs it.

    `segment` is the part of the company that the series covers, {dimension: member}, and empty for the whole company.
    The interval is half-open, in hours from any common origin. `direction` is 1 for more than expected and -1 for less.
    For a ratio it is the direction of the part that moved, and `ratio` names the ratio and its own direction. Findings
    with the same `rows` count the same rows under different names; None matches no other finding.
    """

    segment: dict[str, str]
    starts: float
    ends: float
    direction: int
    priority: float
    ratio: str = ""
    rows: int | None = None


def group_causes(findings: Sequence[Finding]) -> list[list[int]]:
    """Return the indexes of the findings by cause; causes, and findings within one, are in descending priority.

    A cause is a connected component of the findings that are linked, see `are_linked`.
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
    """Whether two findings may have one cause.

    They must overlap in time, or nearly; move the same way, or be the same ratio moving the same way; and one must be
    a part of the other's segment, or both must count the same rows.
    """
    overlap = one.starts < other.ends + _APART_HOURS and other.starts < one.ends + _APART_HOURS
    small, large = sorted((one.segment, other.segment), key=len)
    alike = one.direction == other.direction or (one.ratio != "" and one.ratio == other.ratio)
    is_part = small.items() <= large.items() or (one.rows is not None and one.rows == other.rows)
    return alike and overlap and is_part
