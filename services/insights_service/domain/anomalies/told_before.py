"""What of a look was found before: the same episode with the figures of now, or an echo of what was told already."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import Finding, are_linked
from services.insights_service.domain.anomalies.judged_series import Key, metric_of, rule_of
from services.insights_service.domain.anomalies.ratio_metrics import COSTS, RATIO_METRICS
from services.insights_service.domain.evidence.shapes import Grain
from services.insights_service.domain.words.periods import local
from services.insights_service.store.candidates import Standing

_HOUR: Final = 3600.0


def cause_of(one: Episode) -> str:
    """The same each time that the same episode is found, as long as it begins at the same step."""
    return f"{_series_of(one)}:{int(one.grid.begin(one.start).timestamp())}"


def finding_of(one: Episode, rank: float = 0.0) -> Finding:
    """An episode among others that may have the same cause."""
    starts, ends = (one.grid.begin(step).timestamp() / _HOUR for step in (one.start, one.end))
    ratio = f"{one.series.metric} {'up' if one.change > 0 else 'down'}" if one.parts else ""
    return Finding(one.series.segment, starts, ends, one.way, rank, ratio)


def found_again(group: Sequence[Episode], before: Sequence[Standing], taken: set[str]) -> Standing | None:
    """What one of the group is: of the same series, at the same time. What another group is already it is not."""
    return next(
        (was for was in before if was.cause not in taken and any(is_again(one, was) for one in group)),
        None,
    )


def is_again(one: Episode, was: Standing) -> bool:
    """Whether an episode is one of before, which may have begun a little earlier or later where rows came late."""
    return was.cause.startswith(f"{_series_of(one)}:") and _meet(one, was)


def echoes_of(group: Sequence[Episode], before: Sequence[Standing]) -> frozenset[str]:
    """The causes of which the group may be an echo: the same change, as another series had it.

    A change is seen later by the day than by the hour, and later in small series than in large ones: by then it is the
    new normal where it was seen first, and is not found there any more. What is not mild is no echo of what was.
    """
    clear = not all(one.is_mild for one in group)
    return frozenset(
        was.cause for was in before if not (clear and was.is_mild) and any(_meet(one, was) for one in group)
    )


def _meet(one: Episode, was: Standing) -> bool:
    """Whether the two had been one cause, had they been found together."""
    starts, ends = was.starts_at.timestamp() / _HOUR, local(was.window_end, one.grid.zone).timestamp() / _HOUR
    metric = metric_of(was.cause)
    # (which part of a ratio had moved is not kept: of a cost it is mostly what came of the money)
    way = 1 if (was.direction == "up") is not (metric in COSTS) else -1
    ratio = f"{metric} {was.direction}" if metric in RATIO_METRICS else ""
    return are_linked(finding_of(one), Finding(was.segment, starts, ends, way, 0, ratio))


def series_cause(of: Key, grain: Grain, direction: str) -> str:
    """What causes of one series begin with, by its key, and which way it moved: a key of fixed length."""
    metric, dimension, member_id = of
    member = f"{dimension}\x1f{member_id}\x1f{direction}"
    return f"{rule_of(metric)}:{grain}:{hashlib.sha256(member.encode()).hexdigest()[:32]}"


def _series_of(one: Episode) -> str:
    return series_cause(one.series.key, one.grid.grain, "up" if one.change > 0 else "down")
