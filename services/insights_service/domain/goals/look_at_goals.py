"""Finder of running goals that will probably be missed or met. Goals and days come from the analytics service.

Only goals of metrics that add up over days are projected. Costs and rates do not add up. Contracts and revenue of leads
are left out too, because they come up to a month after the lead, so a goal's last days are not known when it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from common.rounding import rounded
from services.insights_service.domain.evidence.written import encode_evidence
from services.insights_service.domain.goals.goal_evidence import goal_evidence
from services.insights_service.domain.goals.project_goals import Projection, is_running
from services.insights_service.domain.goals.stand_of_goals import MetricKey, Stand, stands_of
from services.insights_service.domain.look import Look
from services.insights_service.domain.told_days import ToldDays
from services.insights_service.domain.words.country_language import language_of
from services.insights_service.domain.words.describe import describe
from services.insights_service.domain.words.ended import goal_ended
from services.insights_service.errors import AnalyticsAway, AnalyticsRefused
from services.insights_service.sources.day_values import day_values, has_days, since_the_first
from services.insights_service.sources.goals import Goal, UnseenGoal, get_goals
from services.insights_service.store.alert_settings import AlertSettings, get_alert_settings
from services.insights_service.store.finding import Findings, Found, Severity, Unseen
from services.insights_service.store.tenants import Tenant, get_tenant

RULES: Final = {"behind": "goal.behind", "ahead": "goal.ahead"}
_HISTORY: Final = timedelta(days=3 * 365)
# After this many calls without an answer, analytics is not asked about the other goals.
_MOST_AWAY: Final = 3
_HIGH_PCT, _MEDIUM_PCT = 20, 10
_MOST_PCT: Final = 1000.0


async def find_goals(look: Look) -> Findings:
    """Find the goals that will probably be missed or met; a goal that cannot be looked at does not affect the others.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not return the goals.
    """
    answered, unreadable = await get_goals(look.service, look.tenant_id)
    async with look.service.db.tenant(look.tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, look.tenant_id)
        settings = await get_alert_settings(connection, look.tenant_id)
    language = language_of(tenant.country, tenant.language)
    goals = [goal for goal in answered if has_days(goal.metric, goal.channel)]
    looked_at = await _looked_at(look, goals, tenant.today)
    stands = [result for result in looked_at if isinstance(result, Stand)]
    unseen = [result for result in (*unreadable, *looked_at) if isinstance(result, UnseenGoal)]
    projections = [stand.projection for stand in stands if stand.projection]
    found = [_found(projection, tenant, language, settings) for projection in projections if projection.outlook]
    ended_as = {
        _cause(outlook, stand.goal.id): goal_ended(language, stand.state)
        for stand in stands
        for outlook in RULES
        if outlook != stand.state
    }
    return Findings(found, list(RULES.values()), goal_ended(language), ended_as, [_unseen(goal) for goal in unseen])


def _cause(outlook: str, goal_id: str) -> str:
    return f"{RULES[outlook]}:{goal_id}"


def _unseen(goal: UnseenGoal) -> Unseen:
    """Name a goal that could not be looked at, with the causes of its insights, which stay open."""
    return Unseen(f"“{goal.name or goal.id}”", goal.error, [_cause(outlook, goal.id) for outlook in RULES])


async def _looked_at(look: Look, goals: Sequence[Goal], today: date) -> list[Stand | UnseenGoal]:
    running = [goal for goal in goals if is_running(goal, today)]
    others = [goal for goal in goals if not is_running(goal, today)]
    rest: list[Stand | UnseenGoal] = [Stand(goal, "over" if goal.period_end < today else "open") for goal in others]
    if not running:
        return rest
    # The coverage is read before the days, so that no day counts as reported that was read before its report.
    told = ToldDays(await look.coverage(), await look.late(), today, look.moment)
    histories = await _histories(look, running, today)
    return rest + await asyncio.to_thread(stands_of, running, histories, today, told)


async def _histories(look: Look, goals: Sequence[Goal], today: date) -> dict[MetricKey, list[float] | Exception]:
    """Read the days of each metric and channel once, from the first that is not zero. Errors take the place of days.

    Three years are read, and more if a goal began before.
    """
    histories, away = dict[MetricKey, list[float] | Exception](), list[AnalyticsAway]()
    yesterday = today - timedelta(1)
    first = dict[MetricKey, date]()
    for goal in goals:
        key = goal.metric, goal.channel
        first[key] = min(first.get(key, yesterday - _HISTORY), goal.period_start)
    for key in first:
        if len(away) >= _MOST_AWAY:
            histories[key] = away[-1]
            continue
        try:
            values = await day_values(look.service, look.tenant_id, *key, first[key], yesterday)
            histories[key] = since_the_first(values)
        except AnalyticsRefused as error:
            histories[key] = error
        except AnalyticsAway as error:
            histories[key] = error
            away.append(error)
    return histories


def _found(projection: Projection, tenant: Tenant, language: str, settings: AlertSettings) -> Found:
    rule = RULES[projection.outlook or "behind"]
    evidence = goal_evidence(projection, rule, tenant.currency)
    words = describe(evidence, language, tenant.currency, tenant.time_zone)
    off_pct = rounded(Decimal(str(min(projection.off_pct, _MOST_PCT))), 1)
    return Found(
        insight_type=evidence.insight_type,
        rule=rule,
        cause=_cause(projection.outlook or "behind", projection.goal.id),
        severity=_severity(projection, off_pct),
        metric=projection.goal.metric,
        channel=projection.goal.channel,
        title=words.title,
        description=words.description,
        language=language,
        evidence=msgspec.Raw(encode_evidence(evidence)),
        impact=rounded(Decimal(str(abs(projection.expected - projection.goal.target)))),
        impact_pct=off_pct,
        score=Decimal(80),
        is_shown=off_pct >= settings.least_impact_pct,
        shown_to=[recipient.account_id for recipient in settings.recipients if off_pct >= recipient.least_impact_pct],
    )


def _severity(projection: Projection, off_pct: Decimal) -> Severity:
    if projection.outlook == "ahead":
        return "low"
    return "high" if off_pct >= _HIGH_PCT else "medium" if off_pct >= _MEDIUM_PCT else "low"
