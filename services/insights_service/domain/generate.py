"""Generating a tenant's insights: each finder looks, and what it found is kept before the next one does."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from common.db import Connection
from common.events import publish
from common.events.contracts.insights_insight_found import InsightFound
from common.http.context import ServiceContext
from services.insights_service.domain.advise import advise
from services.insights_service.domain.anomalies.look_for_anomalies import find_in_series
from services.insights_service.domain.goals.look_at_goals import find_goals
from services.insights_service.sources.analytics_api import budget_advice
from services.insights_service.store.alert_settings import get_alert_settings
from services.insights_service.store.finding import Findings
from services.insights_service.store.found import end_others, forget_unshown, keep_found, lock_tenant, take_untold
from services.insights_service.store.tenants import get_tenant

GENERATE_INSIGHTS_KIND: Final = "insights.generate"

Finder = Callable[[ServiceContext, UUID], Awaitable[Findings]]
# (how many finders are done, what came of the last one, the transaction that it is kept in)
Progress = Callable[[int, dict[str, int], Connection], Awaitable[None]]


async def find_budget_advice(service: ServiceContext, tenant_id: UUID) -> Findings:
    """Where to spend more and where less.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say.
    """
    advice = await budget_advice(service, tenant_id)
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, tenant_id)
        settings = await get_alert_settings(connection, tenant_id)
    return advise(advice, tenant, settings.least_impact_pct)


# (where analytics is away its figures stand still, and there is nothing new in series)
FINDERS: Final[tuple[Finder, ...]] = (find_budget_advice, find_goals, find_in_series)


async def generate(service: ServiceContext, tenant_id: UUID, progress: Progress) -> None:
    """Look once with every finder; done again after a crash it comes out the same, and tells of nothing twice."""
    for number, find in enumerate(FINDERS, start=1):
        findings = await find(service, tenant_id)
        async with service.db.tenant(tenant_id) as connection:
            counts = await _keep(connection, service.name, tenant_id, findings)
            await progress(number, counts, connection)
        service.wake_relay()


async def _keep(connection: Connection, service: str, tenant_id: UUID, findings: Findings) -> dict[str, int]:
    await lock_tenant(connection, tenant_id)
    new, changed = await keep_found(connection, tenant_id, findings.found)
    ended = await end_others(connection, tenant_id, findings)
    untold = await take_untold(connection, tenant_id)
    for told in untold:
        await publish(connection, service, InsightFound(**told), tenant_id)
    await forget_unshown(connection, tenant_id)
    return {"found": len(findings.found), "new": new, "changed": changed, "ended": ended, "told": len(untold)}
