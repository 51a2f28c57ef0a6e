"""Asking for budget advice, by days of which both leads and spend are known."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.http.context import ServiceContext
from services.insights_service.sources.analytics_api import BudgetAdvice, advice_since, budget_advice
from services.insights_service.store.campaign_days import get_first_spend


async def ask_for_advice(service: ServiceContext, tenant_id: UUID, told_until: date) -> Sequence[BudgetAdvice]:
    """What is advised for all campaigns, of each platform by the days since its spend is known.

    Companies bring leads of years and ads of the weeks before they connected them. Leads of days without spend cost
    nothing, so that all others seem to cost next to nothing, too.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say.
    """
    advice = await budget_advice(service, tenant_id, told_until)
    if not advice:
        return []
    platforms = sorted({one.platform for one in advice})
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        began = await get_first_spend(connection, tenant_id, platforms, advice[0].first_day, advice[0].last_day)
    known = [one for one in advice if one.platform not in began]
    by_day = defaultdict[date, list[BudgetAdvice]](list)
    for one in advice:
        if one.platform in began:
            by_day[began[one.platform]].append(one)
    for first, rows in sorted(by_day.items()):
        known += await advice_since(service, tenant_id, rows, first)
    return known
