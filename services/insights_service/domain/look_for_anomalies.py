"""What stands out in a tenant's series: read once by the hour and once by the day, judged and told together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import msgspec

from common.clock import now
from common.db import Connection
from common.http.context import ServiceContext
from services.insights_service.domain.alert_budget import Voices
from services.insights_service.domain.anomaly_evidence import evidence_of, late_evidence, names_of
from services.insights_service.domain.choose_alerts import Alert, choose_alerts, rule_of
from services.insights_service.domain.evidence import AnyEvidence, encode_evidence
from services.insights_service.domain.find_anomalies import Episode, find_anomalies, usual_a_step, worth_judging
from services.insights_service.domain.find_late_sources import Silence, find_late_sources
from services.insights_service.domain.judged_series import METRICS, JudgedSeries, Special, known_series, usual_days
from services.insights_service.domain.series_grid import Grid, days_between, hours_between, midnight
from services.insights_service.domain.words.describe import describe
from services.insights_service.domain.words.periods import zone_of
from services.insights_service.store.alert_settings import AlertSettings, get_alert_settings
from services.insights_service.store.candidates import (
    Candidate,
    PastFindings,
    get_declared_days,
    get_past_findings,
    keep_candidates,
    keep_judged,
)
from services.insights_service.store.feedback import list_rules
from services.insights_service.store.finding import Findings, Found, Severity
from services.insights_service.store.series import (
    Coverage,
    SeriesRow,
    get_coverage,
    get_daily_series,
    get_hourly_series,
)

LATE_RULE: Final = "late_source"
_RULES: Final = [*(rule_of(metric) for metric in METRICS), LATE_RULE]
_ENDED: Final = "over: the latest figures are here, and as is expected by now"
# Enough weeks for a profile, and a year for days.
_HOURLY_DAYS: Final = 70
_DAILY_DAYS: Final = 400
_HIGH_PCT, _MEDIUM_PCT = 20.0, 5.0
_LANGUAGES: Final = {"VN": "vi"}
_PLATFORMS: Final = {"meta_ads": "meta"}


class _Grained(NamedTuple):
    """The series of one grain."""

    grid: Grid
    series: list[JudgedSeries]


class _Read(NamedTuple):
    """All that is judged at once, and what it is judged by."""

    coverage: Coverage
    grids: tuple[Grid, Grid]
    rows: tuple[list[SeriesRow], list[SeriesRow]]
    special: list[Special]
    past: PastFindings
    voices: dict[str, Voices]
    settings: AlertSettings


async def find_in_series(service: ServiceContext, tenant_id: UUID) -> Findings:
    """Anomalies, levels that are new, and sources that are late."""
    moment = now()
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        read = await _read(connection, tenant_id, moment)
    if read is None:
        return Findings([], [], "")
    # (a second of arithmetic that nobody else has to wait for)
    found, candidates = await asyncio.to_thread(_judge, read, moment)
    async with service.db.tenant(tenant_id) as connection:
        await keep_candidates(connection, tenant_id, candidates)
        for grid in read.grids:
            await keep_judged(connection, tenant_id, grid.grain, grid.begin(len(grid)))
    return Findings(found, _RULES, _ENDED)


async def _read(connection: Connection, tenant_id: UUID, moment: datetime) -> _Read | None:
    """None where nothing was ever counted."""
    coverage = await get_coverage(connection, tenant_id)
    if coverage.told_until is None:
        return None
    zone, until = zone_of(coverage.time_zone), min(coverage.told_until, moment).astimezone(UTC)
    today = until.astimezone(zone).date()
    first_hour = _later(today - timedelta(_HOURLY_DAYS), coverage.hours_from)
    first_day = _later(today - timedelta(_DAILY_DAYS), coverage.days_from)
    hours, days = hours_between(first_hour, until, zone), days_between(first_day, today, zone)
    if not len(days):
        return None
    hourly = await get_hourly_series(connection, tenant_id, midnight(first_hour, zone), hours.begin(len(hours)))
    daily = await get_daily_series(connection, tenant_id, first_day, today)
    declared = await get_declared_days(connection, tenant_id, first_day)
    said = await list_rules(connection, tenant_id)
    return _Read(
        coverage,
        (hours, days),
        (hourly, daily),
        [Special(_days_of(one.first_day, one.last_day, today), one.channel, one.location_id) for one in declared],
        await get_past_findings(connection, tenant_id),
        {one["rule"]: Voices(int(one["useful"]), int(one["noise"])) for one in said},
        await get_alert_settings(connection, tenant_id),
    )


def _later(one: date, other: date | None) -> date:
    return one if other is None else max(one, other)


def _days_of(first: date, last: date, today: date) -> list[date]:
    since = max(first, today - timedelta(_DAILY_DAYS))
    return [since + timedelta(step) for step in range((min(last, today) - since).days + 1)]


def _judge(read: _Read, moment: datetime) -> tuple[list[Found], list[Candidate]]:
    grained = [
        _Grained(grid, known_series(rows, grid, _told(read.coverage, grid)))
        for grid, rows in zip(read.grids, read.rows, strict=True)
    ]
    episodes, by_hours = list[Episode](), set[tuple[str, str, str]]()
    for grid, series in grained:
        usual_ones = usual_days(series, grid, read.special)
        judged = [one for one in worth_judging(usual_ones, grid) if one.key not in by_hours]
        by_hours |= {one.key for one in judged}
        episodes += find_anomalies(judged, grid)
    usual = {(grid.grain, metric): mean for grid, series in grained for metric, mean in usual_a_step(series).items()}
    settings = read.settings
    alerts = choose_alerts(
        episodes, usual, read.past, read.voices, moment, settings.alerts_per_week, float(settings.least_impact_pct)
    )
    everything = {grid.grain: series for grid, series in grained}
    names = names_of([one for _, series in grained for one in series])
    found = [_found(alert, everything[alert.episode.grid.grain], names, read.coverage) for alert in alerts]
    candidates = [
        Candidate(moment + timedelta(microseconds=place), one.cause, one.rule, one.episode.score, one.impact_pct)
        for place, one in enumerate(alerts)
    ]
    return found + _late(grained, by_hours, read.coverage), candidates


def _told(coverage: Coverage, grid: Grid) -> dict[str, int]:
    """Before which step a vendor that is asked for whole days has told all: those of before it was asked last."""
    if grid.grain == "hour":
        return {}
    return {
        _PLATFORMS[source.kind]: max(grid.place(source.last_sync_at), 0)
        for source in coverage.sources
        if source.kind in _PLATFORMS and source.last_sync_at is not None
    }


def _late(grained: Sequence[_Grained], by_hours: set[tuple[str, str, str]], coverage: Coverage) -> list[Found]:
    """A source once: by the hour where its figures are judged so, else by the day."""
    found = dict[str, tuple[Silence, Grid]]()
    for grid, series in grained:
        for silence in find_late_sources(series, grid):
            if grid.grain == "day" or silence.pulse.key in by_hours:
                found.setdefault(silence.source, (silence, grid))
    return [_found_late(*one, coverage) for one in found.values()]


def _found_late(silence: Silence, grid: Grid, coverage: Coverage) -> Found:
    evidence = late_evidence(silence, grid, LATE_RULE, coverage.currency)
    return Found(
        insight_type="anomaly",
        rule=LATE_RULE,
        cause=f"{LATE_RULE}:{silence.source}",
        severity="medium",
        metric=silence.pulse.metric,
        channel=silence.pulse.platform or None,
        **_told_as(evidence, coverage),
        impact=None,
        impact_pct=Decimal(0),
        score=Decimal(1),
        starts_at=grid.begin(silence.since),
        is_shown=True,
    )


def _found(alert: Alert, everything: Sequence[JudgedSeries], names: Mapping[str, str], coverage: Coverage) -> Found:
    episode = alert.episode
    evidence = evidence_of(episode, everything, alert.rule, coverage.currency, names)
    segment = episode.series.segment
    days = max(episode.end - episode.start, 1) / (24 if episode.grid.grain == "hour" else 1)
    return Found(
        insight_type=evidence.insight_type,
        rule=alert.rule,
        cause=alert.cause,
        severity=_severity(alert.impact_pct),
        metric=episode.series.metric,
        channel=segment.get("channel") or segment.get("platform"),
        location_id=segment.get("branch"),
        **_told_as(evidence, coverage),
        impact=_decimal(alert.impact * 7 / max(days, 1.0)),
        impact_pct=_decimal(alert.impact_pct),
        score=_decimal(episode.score),
        starts_at=episode.grid.begin(episode.start),
        is_shown=alert.is_shown,
    )


def _told_as(evidence: AnyEvidence, coverage: Coverage) -> dict[str, Any]:
    language = _LANGUAGES.get(coverage.country or "", "en")
    words = describe(evidence, language, coverage.currency, coverage.time_zone)
    stored = cast("dict[str, Any]", msgspec.json.decode(encode_evidence(evidence)))
    return {"title": words.title, "description": words.description, "language": language, "evidence": stored}


def _severity(impact_pct: float) -> Severity:
    return "high" if impact_pct >= _HIGH_PCT else "medium" if impact_pct >= _MEDIUM_PCT else "low"


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 2)))
