"""Turn all that was read of a tenant into findings: pure computation without I/O, meant for a worker thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from services.insights_service.domain.anomalies.anomaly_evidence import evidence_of, names_of
from services.insights_service.domain.anomalies.choose_alerts import Alert, choose_alerts, usual_a_step
from services.insights_service.domain.anomalies.describe_finding import finding, late_finding
from services.insights_service.domain.anomalies.ends_of_campaigns import without_ends
from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_late_sources import LateWord, late_by_state, silent_sources
from services.insights_service.domain.anomalies.find_ratios import find_ratios
from services.insights_service.domain.anomalies.judged_ratios import ratios_of
from services.insights_service.domain.anomalies.judged_series import (
    JudgedSeries,
    Key,
    Read,
    Special,
    known_series,
    large_branches,
    limit_of,
    usual_days,
)
from services.insights_service.domain.anomalies.public_holidays import public_holidays
from services.insights_service.domain.anomalies.raise_alarms import least_score, worth_judging
from services.insights_service.domain.anomalies.remembered import Remembered
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.anomalies.told_until import Told, told_until
from services.insights_service.domain.anomalies.why_over import Looked, why_over
from services.insights_service.domain.evidence.shapes import Anomaly, LevelShift
from services.insights_service.domain.reasons.drill_down import question_of
from services.insights_service.domain.reasons.found_reasons import NO_REASONS, Reasons
from services.insights_service.domain.words.ended import Over
from services.insights_service.store.candidates import Candidate, StandingLate
from services.insights_service.store.finding import Found
from services.insights_service.store.leaves import LeafQuestion
from services.insights_service.store.series import Coverage


class _Grained(NamedTuple):
    """The series of one grain, with how far each source has reported."""

    grid: Grid
    series: list[JudgedSeries]
    told: Told


class Drawn(NamedTuple):
    """An alert with its evidence, still without reasons, and the query for these; None if nobody is shown the alert."""

    alert: Alert
    evidence: Anomaly | LevelShift
    asked: LeafQuestion | None


class Judged(NamedTuple):
    """The result of a look at a tenant.

    `drawn` are the alerts, `late` and `late_now` the late sources as findings and as records, `candidates` the findings
    from which thresholds are computed, and `over` why earlier findings ended, by cause.
    """

    drawn: list[Drawn]
    late: list[Found]
    late_now: list[StandingLate]
    candidates: list[Candidate]
    over: Mapping[str, Over]
    coverage: Coverage


def judge(read: Read, moment: datetime, remembered: Remembered | None = None) -> Judged:
    """Judge all series. Reasons are missing, as they are read only for what is shown; `remembered` only saves time."""
    grained, late = _known_series_and_late_sources(read, moment)
    looked = _judge_grains(read, grained, remembered or Remembered())
    episodes = [episode for one in looked for episode in one.episodes]
    usual = {
        (grid.grain, metric): mean for grid, series, _ in grained for metric, mean in usual_a_step(series, grid).items()
    }
    alerts = choose_alerts(episodes, usual, read.past, read.readers, moment)
    by_grain = {one.grid.grain: one for one in grained}
    names = names_of([one for each in grained for one in each.series])
    a_day = {metric: mean for (grain, metric), mean in usual.items() if grain == "day"}
    drawn = [
        Drawn(
            alert,
            _evidence_of(alert.episode, alert.rule, by_grain[alert.episode.grid.grain], names, read.coverage),
            question_of(alert.episode, a_day) if alert.is_shown or alert.shown_to else None,
        )
        for alert in alerts
    ]
    candidates = [
        Candidate(moment + timedelta(microseconds=place), one.cause, *one.found) for place, one in enumerate(alerts)
    ]
    over = why_over(read.past.standing, {one.cause for one in alerts}, looked)
    late_found = [late_finding(one, read.coverage) for one in late]
    late_now = [
        StandingLate(found.cause, found.metric, found.channel, one.since, one.metrics)
        for one, found in zip(late, late_found, strict=True)
    ]
    return Judged(drawn, late_found, late_now, candidates, over, read.coverage)


def _judge_grains(read: Read, grained: Sequence[_Grained], remembered: Remembered) -> list[Looked]:
    """Find the episodes of each grain.

    Series judged by the hour are judged by the day as well: a drop by a third that lasts for days shows in no hour.
    """
    looked, by_hours, large = list[Looked](), set[Key](), large_branches(grained[-1].series)
    for grid, series, _ in grained:
        least, least_ratio = (
            least_score(grid.grain, read.readers.most_a_week, is_ratio=is_ratio) for is_ratio in (False, True)
        )
        usual_series = usual_days(series, grid, [*read.special, _holidays(read.coverage.country, grid)], large)
        judged = worth_judging(usual_series, grid)
        ratios = [one for one in ratios_of(usual_series, grid) if one.series.key not in by_hours]
        by_hours |= {one.series.key for one in ratios}
        found = remembered.find_anomalies(judged, grid, least)
        news = without_ends(found, series, grid)
        of_ends = [one for one in found if all(one is not other for other in news)]
        looked.append(
            Looked(grid, series, usual_series, [*news, *find_ratios(ratios, series, grid, least_ratio)], of_ends)
        )
    return looked


def tell(judged: Judged, reasons: Reasons = NO_REASONS) -> list[Found]:
    """Return the findings to store, with the reasons that were read for them."""
    alerts = {one.alert.cause: one.alert for one in judged.drawn}
    found = list[Found]()
    for one in judged.drawn:
        cause = one.alert.cause
        alert = _without_repeats(one.alert, alerts.get(reasons.repeats.get(cause, "")))
        found.append(finding(alert, one.evidence, reasons.by_cause.get(cause, []), judged.coverage))
    return found + judged.late


def _without_repeats(alert: Alert, other: Alert | None) -> Alert:
    """Hide the alert from everybody who is shown `other`, which says the same."""
    if other is None:
        return alert
    shown_to = tuple(who for who in alert.shown_to if who not in other.shown_to)
    return replace(alert, is_shown=alert.is_shown and not other.is_shown, shown_to=shown_to)


def _holidays(country: str | None, grid: Grid) -> Special:
    if country is None or not len(grid):
        return Special(())
    return Special(public_holidays(country, grid.begin(0).year, grid.begin(len(grid)).year))


def _known_series_and_late_sources(read: Read, moment: datetime) -> tuple[list[_Grained], list[LateWord]]:
    """Lay out all series and find the late sources; a source that is silent by the hour limits the days too."""
    grained, silent, limits = list[_Grained](), dict[str, LateWord](), dict[str, datetime]()
    for grid, rows in zip(read.grids, read.rows, strict=True):
        told = told_until(read.coverage, grid, moment).cut(limits, grid)
        series = known_series(rows, grid, told)
        grained.append(_Grained(grid, series, told))
        for late in silent_sources(read.coverage, series, grid, told, moment).values():
            silent.setdefault(late.source, late)
            limits |= dict.fromkeys(late.keys, late.since)
    days = grained[-1]
    return grained, list((silent | late_by_state(read.coverage, days.series, days.grid, moment)).values())


def _evidence_of(
    episode: Episode, rule: str, among: _Grained, names: Mapping[str, str], coverage: Coverage
) -> Anomaly | LevelShift:
    evidence = evidence_of(episode, rule, coverage.currency, names)
    by_key = {one.key: one for one in among.series}
    parts = [replace(episode.series, metric=metric) for metric in episode.parts] or [episode.series]
    settled = min(limit_of(one, among.told, by_key).settled_until for one in parts)
    return msgspec.structs.replace(evidence, provisional=True) if settled < episode.end else evidence
