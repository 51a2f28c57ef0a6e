"""Hourly generation: each hour queues one job for every tenant, once however many replicas run.

One job makes up for all missed hours.
"""

from typing import Final

from common.http.context import ServiceContext
from common.jobs import enqueue
from common.jobs.cron import run_cron
from services.insights_service.domain.generate import GENERATE_INSIGHTS_KIND
from services.insights_service.store.due_insights import claim_due, due_tenants

_EVERY_MINUTE: Final = "* * * * *"


async def generate_each_hour(context: ServiceContext) -> None:
    """Every minute until the service stops, queue the generations that are due; one of the replicas does so."""

    async def tick() -> None:
        await queue_due_insights(context)

    await run_cron(context, "generate-insights", _EVERY_MINUTE, tick)


async def queue_due_insights(context: ServiceContext) -> None:
    """Queue a generation for each tenant that is due."""
    for tenant_id in await due_tenants(context.db):
        async with context.db.tenant(tenant_id) as connection:
            if await claim_due(connection, tenant_id, GENERATE_INSIGHTS_KIND):
                await enqueue(connection, context.name, tenant_id, GENERATE_INSIGHTS_KIND, {}, None)
