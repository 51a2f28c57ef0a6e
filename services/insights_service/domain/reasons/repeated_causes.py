"""Alerts that come from the same place: a product that changed at one branch, and the branch where that product did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import Finding, are_linked, group_causes
from services.insights_service.domain.anomalies.told_before import finding_of
from services.insights_service.domain.evidence.shapes import Reason

# A reason that brings so much of the change is where it is.
_MOST_OF_IT: Final = 50.0


def repeated_causes(
    episodes: Mapping[str, Episode], reasons: Mapping[str, Sequence[Reason]], told: frozenset[str]
) -> dict[str, str]:
    """Causes that only say again what another says, and which; `episodes` by cause, first what ranks highest.

    What was told already is told on, and what is new beside it is not, unless that was mild. What is mild makes no two
    others one.
    """
    narrow = [cause for cause in episodes if _is_narrow(reasons.get(cause, ()))]
    causes = sorted(narrow, key=lambda cause: cause not in told)
    findings = {
        cause: finding_of(episodes[cause], -place)._replace(segment=_place(episodes[cause], reasons[cause][0]))
        for place, cause in enumerate(causes)
    }
    clear, mild = ([cause for cause in causes if episodes[cause].is_mild is is_mild] for is_mild in (False, True))
    said = _firsts(clear, findings)
    for cause in mild:
        near = next((other for other in clear if are_linked(findings[cause], findings[other])), None)
        if near is not None:
            said[cause] = said[near]
    said |= _firsts([cause for cause in mild if cause not in said], findings)
    return {cause: first for cause, first in said.items() if cause not in {first, *told}}


def _firsts(causes: Sequence[str], findings: Mapping[str, Finding]) -> dict[str, str]:
    """The first of those that each belongs to."""
    groups = group_causes([findings[cause] for cause in causes])
    return {causes[place]: causes[group[0]] for group in groups for place in group}


def _is_narrow(reasons: Sequence[Reason]) -> bool:
    return bool(reasons and reasons[0].segment) and reasons[0].share_pct >= _MOST_OF_IT


def _place(episode: Episode, reason: Reason) -> dict[str, str]:
    """What an episode is of, narrowed to where it comes from."""
    place = episode.series.segment
    for part in reason.segment:
        place[part.dimension] = "\x1f".join(sorted(member.id for member in part.members))
    if "campaign" in place:
        place.setdefault("platform", place["campaign"].partition(" ")[0])
    return place
