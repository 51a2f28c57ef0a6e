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

import msgspec

from common.rounding import rounded
from services.insights_service.domain.evidence.written import encode_evidence
from services.insights_service.domain.goals.goal_evidence import goal_evidence
from services.insights_service.domain.goals.project_goals import Projection, is_running
from services.insights_service.domain.goals.stand_of_goals import Of, Stand, stands_of
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
# Who has not answered so often is not waited for for the other goals' sake.
_MOST_AWAY: Final = 3
_HIGH_PCT, _MEDIUM_PCT = 20, 10
_MOST_PCT: Final = 1000.0


async def find_goals(look: Look) -> Findings:
    """Goals whose end is as good as decided; each fails by itself.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say which goals there are.
    """
    said, odd = await get_goals(look.service, look.tenant_id)
    async with look.service.db.tenant(look.tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, look.tenant_id)
        settings = await get_alert_settings(connection, look.tenant_id)
    language = language_of(tenant.country, tenant.language)
    goals = [goal for goal in said if has_days(goal.metric, goal.channel)]
    looked_at = await _looked_at(look, goals, tenant.today)
    stands = [one for one in looked_at if isinstance(one, Stand)]
    unseen = [one for one in (*odd, *looked_at) if isinstance(one, UnseenGoal)]
    found = [_found(one, tenant, language, settings) for _, _, one in stands if one and one.outlook]
    ended_as = {
        _cause(outlook, one.goal.id): goal_ended(language, one.state)
        for one in stands
        for outlook in RULES
        if outlook != one.state
    }
    return Findings(found, list(RULES.values()), goal_ended(language), ended_as, [_unseen(one) for one in unseen])


def _cause(outlook: str, goal_id: str) -> str:
    return f"{RULES[outlook]}:{goal_id}"


def _unseen(goal: UnseenGoal) -> Unseen:
    """Of whichever was told of it before."""
    return Unseen(f"“{goal.name or goal.id}”", goal.error, [_cause(outlook, goal.id) for outlook in RULES])


async def _looked_at(look: Look, goals: Sequence[Goal], today: date) -> list[Stand | UnseenGoal]:
    running = [goal for goal in goals if is_running(goal, today)]
    others = [goal for goal in goals if not is_running(goal, today)]
    rest: list[Stand | UnseenGoal] = [Stand(goal, "over" if goal.period_end < today else "open") for goal in others]
    if not running:
        return rest
    # (how far days are told, before they are read)
    told = ToldDays(await look.coverage(), await look.late(), today, look.moment)
    histories = await _histories(look, running, today)
    return rest + await asyncio.to_thread(stands_of, running, histories, today, told)


async def _histories(look: Look, goals: Sequence[Goal], today: date) -> dict[Of, list[float] | Exception]:
    """The days since the first with anything, or why not; what several goals are of is asked for once."""
    histories, away = dict[Of, list[float] | Exception](), list[AnalyticsAway]()
    yesterday = today - timedelta(1)
    for of in dict.fromkeys((goal.metric, goal.channel) for goal in goals):
        if len(away) >= _MOST_AWAY:
            histories[of] = away[-1]
            continue
        try:
            values = await day_values(look.service, look.tenant_id, *of, yesterday - _HISTORY, yesterday)
            histories[of] = since_the_first(values)
        except AnalyticsRefused as error:
            histories[of] = error
        except AnalyticsAway as error:
            histories[of] = error
            away.append(error)
    return histories


def _found(one: Projection, tenant: Tenant, language: str, settings: AlertSettings) -> Found:
    rule = RULES[one.outlook or "behind"]
    evidence = goal_evidence(one, rule, tenant.currency)
    words = describe(evidence, language, tenant.currency, tenant.time_zone)
    off_pct = rounded(Decimal(str(min(one.off_pct, _MOST_PCT))), 1)
    return Found(
        insight_type=evidence.insight_type,
        rule=rule,
        cause=_cause(one.outlook or "behind", one.goal.id),
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
