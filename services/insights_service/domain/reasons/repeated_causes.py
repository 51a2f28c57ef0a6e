"""Alerts with the same origin, such as a product's alert caused by one branch and that branch's by the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import Finding, are_linked, group_causes
from services.insights_service.domain.anomalies.told_before import finding_of
from services.insights_service.domain.evidence.shapes import Reason

# A reason from this share of the change on, in percent, is the origin of the alert.
_ORIGIN_PCT: Final = 50.0


def repeated_causes(
    episodes: Mapping[str, Episode], reasons: Mapping[str, Sequence[Reason]], reported: frozenset[str]
) -> dict[str, str]:
    """Return for each cause that repeats another one, that other cause.

    `episodes` are by cause, the highest rank first; `reported` are the causes that are shown already. A cause that is
    reported already stays so, and a new one beside it is left out, unless the reported one is mild. Two clear causes
    are not joined by a mild one that is linked to both.
    """
    with_origin = [cause for cause in episodes if _has_origin(episodes[cause], reasons.get(cause, ()))]
    causes = sorted(with_origin, key=lambda cause: cause not in reported)
    findings = {
        cause: finding_of(episodes[cause], -place)._replace(segment=_origin(episodes[cause], reasons[cause][0]))
        for place, cause in enumerate(causes)
    }
    clear, mild = ([cause for cause in causes if episodes[cause].is_mild is is_mild] for is_mild in (False, True))
    repeats = _firsts(clear, findings)
    for cause in mild:
        linked = next((other for other in clear if are_linked(findings[cause], findings[other])), None)
        if linked is not None:
            repeats[cause] = repeats[linked]
    repeats |= _firsts([cause for cause in mild if cause not in repeats], findings)
    return {cause: first for cause, first in repeats.items() if cause not in {first, *reported}}


def _firsts(causes: Sequence[str], findings: Mapping[str, Finding]) -> dict[str, str]:
    """Return the first cause of the group that each cause belongs to."""
    groups = group_causes([findings[cause] for cause in causes])
    return {causes[place]: causes[group[0]] for group in groups for place in group}


def _has_origin(episode: Episode, reasons: Sequence[Reason]) -> bool:
    """Whether it is known where an alert comes from: from a part of its segment, or from all of it alike."""
    # Of a change of the whole company in all its parts, nothing is a repeat that is not grouped with it already.
    return bool(reasons and (reasons[0].segment or episode.series.segment)) and reasons[0].share_pct >= _ORIGIN_PCT


def _origin(episode: Episode, reason: Reason) -> dict[str, str]:
    """Return the segment of an episode, narrowed to the segment of its main reason."""
    segment = episode.series.segment
    for part in reason.segment:
        segment[part.dimension] = "\x1f".join(sorted(member.id for member in part.members))
    if "campaign" in segment:
        segment.setdefault("platform", segment["campaign"].partition(" ")[0])
    return segment
