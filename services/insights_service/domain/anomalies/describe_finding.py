"""Describe an alert or a late source as a finding to store: its texts, severity and evidence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, cast

import msgspec

from services.insights_service.domain.anomalies.anomaly_evidence import late_evidence
from services.insights_service.domain.anomalies.choose_alerts import Alert
from services.insights_service.domain.anomalies.find_late_sources import LateWord
from services.insights_service.domain.anomalies.judged_series import LATE_RULE
from services.insights_service.domain.evidence.shapes import Anomaly, AnyEvidence, LevelShift, Reason, known
from services.insights_service.domain.evidence.written import encode_evidence
from services.insights_service.domain.words.country_language import language_of
from services.insights_service.domain.words.describe import describe
from services.insights_service.store.finding import Found, Severity
from services.insights_service.store.series import Coverage

_HIGH_PCT, _MEDIUM_PCT = 20.0, 5.0
# Findings with a shorter return period are never `high`: most of them are chance, however large their impact.
_HIGH_DAYS: Final = 60.0


def late_finding(late: LateWord, coverage: Coverage) -> Found:
    """Return the finding of a late source."""
    evidence = late_evidence(late, LATE_RULE, coverage.currency)
    return Found(
        insight_type="anomaly",
        rule=LATE_RULE,
        cause=f"{LATE_RULE}:{late.source}",
        severity="medium",
        metric=evidence.metric,
        channel=(late.pulse.platform or None) if late.pulse else None,
        **_texts_and_evidence(evidence, coverage),
        impact=None,
        impact_pct=Decimal(0),
        score=Decimal(1),
        starts_at=late.since,
        is_shown=True,
    )


def finding(alert: Alert, without_reasons: Anomaly | LevelShift, reasons: list[Reason], coverage: Coverage) -> Found:
    """Return the finding of an alert, with the reasons that were read for it."""
    episode, evidence = alert.episode, msgspec.structs.replace(without_reasons, reasons=reasons)
    segment = episode.series.segment
    days = max(episode.end - episode.start, 1) / (24 if episode.grid.grain == "hour" else 1)
    return Found(
        insight_type=evidence.insight_type,
        rule=alert.rule,
        cause=alert.cause,
        severity="low" if episode.is_mild else _severity(alert.impact_pct, known(evidence.return_period_days) or 0.0),
        metric=episode.series.metric,
        channel=segment.get("channel") or segment.get("platform"),
        location_id=segment.get("branch"),
        **_texts_and_evidence(evidence, coverage),
        impact=_decimal(alert.impact * 7 / max(days, 1.0)),
        impact_pct=_decimal(alert.impact_pct),
        score=_decimal(episode.score),
        starts_at=episode.grid.begin(episode.start),
        is_shown=alert.is_shown,
        shown_to=alert.shown_to,
    )


def _texts_and_evidence(evidence: AnyEvidence, coverage: Coverage) -> dict[str, Any]:
    language = language_of(coverage.country, coverage.language)
    words = describe(evidence, language, coverage.currency, coverage.time_zone)
    stored = cast("dict[str, Any]", msgspec.json.decode(encode_evidence(evidence)))
    return {"title": words.title, "description": words.description, "language": language, "evidence": stored}


def _severity(impact_pct: float, return_period_days: float) -> Severity:
    if impact_pct < _MEDIUM_PCT:
        return "low"
    return "high" if impact_pct >= _HIGH_PCT and return_period_days >= _HIGH_DAYS else "medium"


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 2)))
