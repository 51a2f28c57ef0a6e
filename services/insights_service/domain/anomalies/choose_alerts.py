"""From episodes to findings: grouped by cause, ranked by what they mean to the company, shown as many as it wants."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.insights_service.domain.anomalies.alert_budget import priority
from services.insights_service.domain.anomalies.find_anomalies import Episode
from services.insights_service.domain.anomalies.group_causes import Finding, group_causes
from services.insights_service.domain.anomalies.judged_series import rule_of
from services.insights_service.domain.anomalies.readers import Bars, Reader, Readers
from services.insights_service.store.candidates import PastFindings, Standing

_HOUR: Final = 3600.0
# The same episode begins a little earlier or later where rows came late.
_SAME_HOURS: Final = {"hour": 24.0, "day": 72.0}
_MOST_PCT: Final = 1000.0
# Ranks that differ by less, in powers of ten, are about the same.
_ALIKE: Final = 1.0


@dataclass(frozen=True)
class Alert:
    """What one cause did, by the episode that matters most of it; whether the company is shown it, and who else."""

    episode: Episode
    rule: str
    cause: str
    impact: float
    impact_pct: float
    is_shown: bool
    shown_to: tuple[UUID, ...]


def choose_alerts(
    episodes: Sequence[Episode],
    usual: Mapping[tuple[str, str], float],
    past: PastFindings,
    readers: Readers,
    now: datetime,
) -> list[Alert]:
    """One alert a cause; `usual` is what the company has in a step, by grain and metric."""
    if not episodes:
        return []
    impacts = [_impact_pct(one, usual) for one in episodes]
    ranks = [_rank(one, impact, readers.company) for one, impact in zip(episodes, impacts, strict=True)]
    groups = group_causes([_finding(one, rank) for one, rank in zip(episodes, ranks, strict=True)])
    bars = Bars(past.candidates, past.since, now)
    company, recipients = bars.of(readers.company), {who: bars.of(one) for who, one in readers.recipients.items()}
    alerts = list[Alert]()
    for group in groups:
        stood = next((was for index in group if (was := _standing(episodes[index], past.standing))), None)
        first = _plainest(group, episodes, ranks, company)
        leader = next((index for index in group if stood and _is_of(episodes[index], stood)), first)
        one = episodes[leader]
        cause = stood.cause if stood else _cause(one)
        found = _Found(cause, episodes[group[0]], impacts[group[0]], max(impacts[index] for index in group))
        alerts.append(
            Alert(
                one,
                rule_of(one.series.metric),
                cause,
                one.concerned[1],
                impacts[leader],
                _is_shown(found, readers.company, company),
                tuple(who for who, reader in readers.recipients.items() if _is_shown(found, reader, recipients[who])),
            )
        )
    return alerts


def _plainest(group: Sequence[int], episodes: Sequence[Episode], ranks: Sequence[float], bar: float) -> int:
    """Which of a cause is told: what ranks highest.

    Of a ratio its part instead, where that says about as much, or is what failed to come and would be shown alone:
    that leads have stopped says more than what the last of them cost.
    """
    first = episodes[group[0]]
    for index in group[1:]:
        metric = episodes[index].series.metric
        if metric in first.parts and (
            ranks[index] >= ranks[group[0]] - _ALIKE or (metric == first.parts[0] and ranks[index] >= bar)
        ):
            return index
    return group[0]


class _Found(NamedTuple):
    """A cause: the episode that ranks highest of it with its impact, and the largest impact of all of them."""

    cause: str
    first: Episode
    impact_pct: float
    most_pct: float


def _is_shown(found: _Found, reader: Reader, bar: float) -> bool:
    """Whether it passes somebody's bar now; and what they were shown stays so while it lasts."""
    passes = found.most_pct >= reader.least_impact_pct and _rank(found.first, found.impact_pct, reader) >= bar
    return passes or found.cause in reader.standing


def _rank(one: Episode, impact_pct: float, reader: Reader) -> float:
    return priority(one.score, min(impact_pct, 100.0) / 100, reader.voices_of(rule_of(one.series.metric)))


def _impact_pct(one: Episode, usual: Mapping[tuple[str, str], float]) -> float:
    """The change as a share of what the company has meanwhile, in a day at least."""
    steps = max(one.end - one.start, 24 if one.grid.grain == "hour" else 1)
    metric, amount = one.concerned
    whole = usual.get((one.grid.grain, metric), 0.0) * steps
    return min(100 * amount / whole, _MOST_PCT) if whole > 0 else 0.0


def _finding(one: Episode, rank: float) -> Finding:
    starts, ends = (one.grid.begin(step).timestamp() / _HOUR for step in (one.start, one.end))
    ratio = f"{one.series.metric} {one.change > 0}" if one.parts else ""
    return Finding(one.series.segment, starts, ends, one.way, rank, ratio)


def _cause(one: Episode) -> str:
    return f"{_series_of(one)}:{int(one.grid.begin(one.start).timestamp())}"


def _series_of(one: Episode) -> str:
    """Which series, as a key of fixed length, and which way it moved."""
    member = "\x1f".join((one.series.dimension, one.series.member_id, "up" if one.change > 0 else "down"))
    return f"{rule_of(one.series.metric)}:{one.grid.grain}:{hashlib.sha256(member.encode()).hexdigest()[:32]}"


def _standing(one: Episode, standing: Sequence[Standing]) -> Standing | None:
    return next((was for was in standing if _is_of(one, was)), None)


def _is_of(one: Episode, was: Standing) -> bool:
    """Whether an episode is the one that stands already."""
    series, _, start = was.cause.rpartition(":")
    if series != _series_of(one):
        return False
    apart = abs(int(start) - one.grid.begin(one.start).timestamp()) / _HOUR
    return apart <= _SAME_HOURS[one.grid.grain]
