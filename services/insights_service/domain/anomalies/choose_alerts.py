"""Turn episodes into alerts: group them by cause, rank the causes, and choose which to show to each reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from services.insights_service.domain.anomalies.alert_budget import reckoned_for
from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import Finding, are_linked, group_causes
from services.insights_service.domain.anomalies.judged_series import COMPANY, JudgedSeries, rule_of
from services.insights_service.domain.anomalies.parts_apart import parts_apart
from services.insights_service.domain.anomalies.readers import Bars, Reader, Readers, passes, rank
from services.insights_service.domain.anomalies.reported_before import ReportedBefore
from services.insights_service.domain.anomalies.representative import BY_ITSELF, representative
from services.insights_service.domain.anomalies.same_rows import same_rows
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.anomalies.told_before import cause_of, echoes_of, finding_of
from services.insights_service.domain.arrays import Floats
from services.insights_service.store.candidates import PastFindings

_MOST_PCT: Final = 1000.0


class Compared(NamedTuple):
    """How much a cause matters: the rule and surprise of its highest-ranking episode, and the largest impact in it."""

    rule: str
    score: float
    impact_pct: float
    is_mild: bool


@dataclass(frozen=True)
class Alert:
    """One cause, represented by one of its episodes, and to whom it is shown: the company, and which recipients.

    `found` is what is compared with the thresholds, and recorded to compute later ones.
    """

    episode: Episode
    rule: str
    cause: str
    impact: float
    impact_pct: float
    found: Compared
    is_shown: bool
    shown_to: tuple[UUID, ...]


def usual_a_step(series: Sequence[JudgedSeries], grid: Grid) -> dict[str, float]:
    """Return the mean absolute value of each company metric in a step, over the last four weeks."""
    steps = 28 * (24 if grid.grain == "hour" else 1)
    return {one.metric: _mean(one.values, steps) for one in series if one.dimension == COMPANY}


def _mean(values: Floats, steps: int) -> float:
    known = values[~np.isnan(values)][-steps:]
    return float(np.abs(known).mean()) if len(known) else 0.0


def choose_alerts(
    episodes: Sequence[Episode],
    usual: Mapping[tuple[str, str], float],
    past: PastFindings,
    readers: Readers,
    now: datetime,
) -> list[Alert]:
    """Return one alert for each cause; `usual` is the usual amount of the company in a step, by grain and metric."""
    if not episodes:
        return []
    impacts = [_impact_pct(one, usual) for one in episodes]
    ranks = [_rank(one, impact, readers.company) for one, impact in zip(episodes, impacts, strict=True)]
    findings = [
        finding_of(one, rank)._replace(rows=rows)
        for one, rank, rows in zip(episodes, ranks, same_rows(episodes), strict=True)
    ]
    reported = ReportedBefore(past, readers, episodes, findings, impacts)
    groups = reported.apart(_by_cause(episodes, findings))
    bars = Bars(past.candidates, past.since, now)
    company, recipients = bars.of(readers.company), {who: bars.of(one) for who, one in readers.recipients.items()}
    alerts, taken = list[Alert](), set[str]()
    firsts = [representative(group, episodes, ranks, company) for group in groups]
    new = [cause_of(episodes[first]) for first in firsts]
    for group, first, own in zip(groups, firsts, new, strict=True):
        members = [episodes[index] for index in group]
        # The cause that another group would get if it were new is reserved for that group: when one group splits in
        # two, the halves need different causes.
        explaining = reported.explaining(group)
        stood, leader = reported.found_again(group, explaining, taken | ({*new} - {own})) or (None, first)
        one = episodes[leader]
        cause = stood.cause if stood else own
        taken.add(cause)
        found, echoes = _found(group, episodes, impacts), echoes_of(members, explaining)
        alerts.append(
            Alert(
                one,
                rule_of(one.series.metric),
                cause,
                one.concerned[1],
                impacts[leader],
                found,
                _is_shown(cause, found, echoes, readers.company, company),
                tuple(
                    who
                    for who, reader in readers.recipients.items()
                    if _is_shown(cause, found, echoes, reader, recipients[who])
                ),
            )
        )
    return alerts


def _by_cause(episodes: Sequence[Episode], findings: Sequence[Finding]) -> list[list[int]]:
    """Return the episodes' indexes by cause; mild episodes are left out of causes with others, and never join two."""
    clear, mild = ([at for at, one in enumerate(episodes) if one.is_mild is mild] for mild in (False, True))
    alone = [at for at in mild if not any(are_linked(findings[at], findings[other]) for other in clear)]
    of_clear, of_mild = (
        [[of[at] for at in group] for group in group_causes([findings[at] for at in of])] for of in (clear, alone)
    )
    return parts_apart(of_clear, episodes, findings, BY_ITSELF) + of_mild


def _found(group: Sequence[int], episodes: Sequence[Episode], impacts: Sequence[float]) -> Compared:
    """Describe a cause by its largest impact, with the score that gives it the rank of its first episode."""
    first, most = group[0], max(impacts[index] for index in group)
    score = reckoned_for(episodes[first].score, *(min(pct, 100.0) / 100 for pct in (impacts[first], most)))
    return Compared(rule_of(episodes[first].series.metric), score, most, episodes[first].is_mild)


def _is_shown(cause: str, found: Compared, echoes: frozenset[str], reader: Reader, bar: float) -> bool:
    """Whether a reader is shown a cause: it was shown before, or passes their threshold and repeats nothing shown."""
    reader_rank = rank(found.score, found.impact_pct, reader.voices_of(found.rule))
    is_worth_showing = found.impact_pct >= reader.least_impact_pct and passes(reader_rank, found.is_mild, bar)
    return cause in reader.standing or (is_worth_showing and not echoes & reader.standing)


def _rank(one: Episode, impact_pct: float, reader: Reader) -> float:
    return rank(one.score, impact_pct, reader.voices_of(rule_of(one.series.metric)))


def _impact_pct(one: Episode, usual: Mapping[tuple[str, str], float]) -> float:
    """Return the change as a percentage of the company's usual amount for the time, at least for a day."""
    steps = max(one.end - one.start, 24 if one.grid.grain == "hour" else 1)
    metric, amount = one.concerned
    total = usual.get((one.grid.grain, metric), 0.0) * steps
    return min(100 * amount / total, _MOST_PCT) if total > 0 else 0.0
