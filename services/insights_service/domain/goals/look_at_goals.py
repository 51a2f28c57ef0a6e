"""Running goals that will probably be missed, or met whatever comes; asked of analytics, projected here.

Of leads, visits and all else that adds up over days. Left out are costs and rates, since neither adds up, and contracts
and revenue of leads, which come up to a month after the lead: what a day brought is not known when the goal ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from common.clock import now
from common.http.context import ServiceContext
from common.rounding import rounded
from services.insights_service.domain.anomalies.judged_series import LATE_RULE
from services.insights_service.domain.evidence.written import encode_evidence
from services.insights_service.domain.goals.goal_evidence import goal_evidence
from services.insights_service.domain.goals.project_goals import Projection, is_running, project
from services.insights_service.domain.goals.told_days import ToldDays
from services.insights_service.domain.words.country_language import language_of
from services.insights_service.domain.words.describe import describe
from services.insights_service.domain.words.ended import goal_ended
from services.insights_service.sources.day_values import day_values, has_days, since_the_first
from services.insights_service.sources.goals import Goal, get_goals
from services.insights_service.store.alert_settings import AlertSettings, get_alert_settings
from services.insights_service.store.candidates import get_standing_late
from services.insights_service.store.finding import Findings, Found, Severity
from services.insights_service.store.series import get_coverage
from services.insights_service.store.tenants import Tenant, get_tenant

RULES: Final = {"behind": "goal.behind", "ahead": "goal.ahead"}
_HISTORY: Final = timedelta(days=3 * 365)
_HIGH_PCT, _MEDIUM_PCT = 20, 10
_MOST_PCT: Final = 1000.0


async def find_goals(service: ServiceContext, tenant_id: UUID) -> Findings:
    """Goals whose end is as good as decided.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say.
    """
    goals = [goal for goal in await get_goals(service, tenant_id) if has_days(goal.metric, goal.channel)]
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, tenant_id)
        settings = await get_alert_settings(connection, tenant_id)
        coverage = await get_coverage(connection, tenant_id)
        late = await get_standing_late(connection, tenant_id, LATE_RULE)
    running = [goal for goal in goals if is_running(goal, tenant.today)]
    histories = await _histories(service, tenant_id, running, tenant.today)
    told = ToldDays(coverage, late, tenant.today, now())
    projected = await asyncio.to_thread(_projected, running, histories, tenant.today, told)
    language = language_of(tenant.country, tenant.language)
    found = [_found(one, tenant, language, settings) for one in projected if one.outlook]
    return Findings(found, list(RULES.values()), goal_ended(language))


async def _histories(
    service: ServiceContext, tenant_id: UUID, goals: Sequence[Goal], today: date
) -> dict[tuple[str, str | None], list[float]]:
    """By metric and channel the days since the first with anything; what several goals are of is asked for once."""
    histories = dict[tuple[str, str | None], list[float]]()
    for goal in goals:
        of = goal.metric, goal.channel
        if of not in histories:
            yesterday = today - timedelta(1)
            values = await day_values(service, tenant_id, *of, yesterday - _HISTORY, yesterday)
            histories[of] = since_the_first(values)
    return histories


def _projected(
    goals: Sequence[Goal], histories: dict[tuple[str, str | None], list[float]], today: date, told: ToldDays
) -> list[Projection]:
    """Of days that are told: what is missing of the last ones is to come as well."""
    projected = list[Projection | None]()
    for goal in goals:
        history = histories[goal.metric, goal.channel]
        end = told.end(goal, history)
        if end is not None and is_running(goal, end):
            projected.append(project(goal, history[: len(history) - (today - end).days], end))
    return [one for one in projected if one is not None]


def _found(one: Projection, tenant: Tenant, language: str, settings: AlertSettings) -> Found:
    rule = RULES[one.outlook or "behind"]
    evidence = goal_evidence(one, rule, tenant.currency)
    words = describe(evidence, language, tenant.currency, tenant.time_zone)
    off_pct = rounded(Decimal(str(min(one.off_pct, _MOST_PCT))), 1)
    return Found(
        insight_type=evidence.insight_type,
        rule=rule,
        cause=f"{rule}:{one.goal.id}",
        severity=_severity(one, off_pct),
        metric=one.goal.metric,
        channel=one.goal.channel,
        title=words.title,
        description=words.description,
        language=language,
        evidence=msgspec.Raw(encode_evidence(evidence)),
        impact=rounded(Decimal(str(abs(one.expected - one.goal.target)))),
        impact_pct=off_pct,
        score=Decimal(80),
        is_shown=off_pct >= settings.least_impact_pct,
        shown_to=[to.account_id for to in settings.recipients if off_pct >= to.least_impact_pct],
    )


def _severity(one: Projection, off_pct: Decimal) -> Severity:
    if one.outlook == "ahead":
        return "low"
    return "high" if off_pct >= _HIGH_PCT else "medium" if off_pct >= _MEDIUM_PCT else "low"
