"""Match episodes with earlier findings: the same episode with newer figures, or an echo of a known change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import Finding, are_linked
from services.insights_service.domain.anomalies.judged_series import Key, metric_of, rule_of
from services.insights_service.domain.anomalies.ratio_metrics import COSTS, RATIO_METRICS, RATIOS
from services.insights_service.domain.evidence.shapes import Grain
from services.insights_service.domain.words.periods import local
from services.insights_service.store.candidates import Standing

_HOUR: Final = 3600.0
_PARTS: Final = {ratio.metric: ratio.parts for ratio in RATIOS}


def cause_of(one: Episode) -> str:
    """Return the cause of an episode, which is stable as long as the episode begins at the same step."""
    return f"{series_of(one)}:{int(one.grid.begin(one.start).timestamp())}"


def finding_of(one: Episode, rank: float = 0.0) -> Finding:
    """Return the episode in the form in which findings are grouped by cause."""
    starts, ends = (one.grid.begin(step).timestamp() / _HOUR for step in (one.start, one.end))
    ratio = f"{one.series.metric} {'up' if one.change > 0 else 'down'}" if one.parts else ""
    return Finding(one.series.segment, starts, ends, one.way, rank, ratio)


def is_again(one: Episode, was: Standing) -> bool:
    """Whether an episode is an earlier finding; its beginning may have moved since, as rows arrived late."""
    return was.cause.startswith(f"{series_of(one)}:") and meet(one, was)


def echoes_of(group: Sequence[Episode], before: Sequence[Standing]) -> frozenset[str]:
    """Return the causes in `before` of which the group may be an echo: the same change, seen earlier in another series.

    A change is seen later by the day than by the hour, and later in small series than in large ones. By then it may be
    the new normal in the series where it was seen first, and not be found there any more. A group that is not entirely
    mild is no echo of a mild finding.
    """
    clear = not all(one.is_mild for one in group)
    return frozenset(
        was.cause for was in before if not (clear and was.is_mild) and any(meet(one, was) for one in group)
    )


def meet(one: Episode, was: Standing) -> bool:
    """Whether the two would have been grouped as one cause if they had been found together."""
    starts, ends = was.starts_at.timestamp() / _HOUR, local(was.window_end, one.grid.zone).timestamp() / _HOUR
    metric = metric_of(was.cause)
    if metric in COSTS and one.series.metric not in {metric, *_PARTS[metric]}:
        # What a click costs moves neither leads nor, by missing leads, what a lead costs.
        return False
    # The part of a ratio that moved is not stored. For a cost it is mostly the events, so the direction is reversed.
    way = 1 if (was.direction == "up") is not (metric in COSTS) else -1
    ratio = f"{metric} {was.direction}" if metric in RATIO_METRICS else ""
    return are_linked(finding_of(one), Finding(was.segment, starts, ends, way, 0, ratio))


def series_cause(of: Key, grain: Grain, direction: str) -> str:
    """Return the prefix of a series' causes in one direction; member ids are hashed to a fixed length."""
    metric, dimension, member_id = of
    member = f"{dimension}\x1f{member_id}\x1f{direction}"
    return f"{rule_of(metric)}:{grain}:{hashlib.sha256(member.encode()).hexdigest()[:32]}"


def series_of(one: Episode) -> str:
    """Return the prefix of the causes of an episode's series and direction."""
    return series_cause(one.series.key, one.grid.grain, "up" if one.change > 0 else "down")
