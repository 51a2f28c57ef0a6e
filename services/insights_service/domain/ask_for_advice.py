"""Asking for budget advice that rests on days with known leads and known spend."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.http.context import ServiceContext
from services.insights_service.sources.analytics_api import BudgetAdvice, advice_since, budget_advice
from services.insights_service.store.campaign_days import get_first_spend


async def ask_for_advice(service: ServiceContext, tenant_id: UUID, told_until: date) -> Sequence[BudgetAdvice]:
    """Return the advice for all campaigns, for each platform from the days since its spend is known.

    Companies import years of leads, but the ads of only the weeks before they connected them. Leads of days without
    spend cost nothing, which would make every other lead seem nearly free.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not return its advice.
    """
    advice = await budget_advice(service, tenant_id, told_until)
    if not advice:
        return []
    platforms = sorted({one.platform for one in advice})
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        began = await get_first_spend(connection, tenant_id, platforms, advice[0].first_day, advice[0].last_day)
    known, again = list[BudgetAdvice](), defaultdict[date, list[BudgetAdvice]](list)
    for one in advice:
        # Campaigns that are too young to be judged have no figures on these days.
        if one.platform in began and one.held_by != "days":
            again[began[one.platform]].append(one)
        else:
            known.append(one)
    for first, rows in sorted(again.items()):
        known += await advice_since(service, tenant_id, rows, first)
    return known
