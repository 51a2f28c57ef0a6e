"""Separate parts of a cause that changed much more than all that it covers: they have a cause of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import Finding, are_linked, group_causes
from services.insights_service.domain.anomalies.representative import relative_change

# A part of a cause changed much more than the whole if its relative change is at least this many times that of it.
_TIMES: Final = 2.0


def parts_apart(
    groups: Sequence[Sequence[int]], episodes: Sequence[Episode], findings: Sequence[Finding], least: float
) -> list[list[int]]:
    """Return the indexes of the episodes by cause, after separating parts from the causes in `groups`.

    What moved the company's figure is linked to all of its parts that moved the same way by chance at that time. If a
    part is not linked to the first of the cause, ranks at least `least`, and changed much more than all that contains
    it, then it has a cause of its own, together with what is linked to it and not to the first.
    """
    causes = list[list[int]]()
    for group in groups:
        first, *others = group
        unlinked = [index for index in others if not are_linked(findings[first], findings[index])]
        parts = [
            index for index in unlinked if findings[index].priority >= least and stands_out(index, episodes, findings)
        ]
        apart = [index for index in unlinked if any(_is_part_of(findings[index], findings[part]) for part in parts)]
        causes.append([index for index in group if index not in apart])
        of_apart = group_causes([findings[index] for index in apart])
        causes += parts_apart([[apart[at] for at in one] for one in of_apart], episodes, findings, least)
    return causes


def stands_out(index: int, episodes: Sequence[Episode], findings: Sequence[Finding]) -> bool:
    """Whether an episode's relative change is much larger than that of each clear one of a whole that contains it."""
    one = episodes[index]
    return all(
        abs(relative_change(one)) >= _TIMES * abs(relative_change(episodes[other]))
        for other in range(len(episodes))
        if not episodes[other].is_mild
        and episodes[other].series.metric == one.series.metric
        and len(findings[other].segment) < len(findings[index].segment)
        and are_linked(findings[index], findings[other])
    )


def _is_part_of(one: Finding, whole: Finding) -> bool:
    return whole.segment.items() <= one.segment.items() and are_linked(one, whole)
