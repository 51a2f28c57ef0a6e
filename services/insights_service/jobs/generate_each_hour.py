"""Each hour every tenant's insights are generated, once however many replicas run; what was missed is made up once."""

from typing import Final

from common.http.context import ServiceContext
from common.jobs import enqueue
from common.jobs.cron import run_cron
from services.insights_service.domain.generate import GENERATE_INSIGHTS_KIND
from services.insights_service.store.due_insights import claim_due, due_tenants

_EVERY_MINUTE: Final = "* * * * *"


async def generate_each_hour(context: ServiceContext) -> None:
    """Queue what is due until the service stops; of several replicas one does each minute."""

    async def tick() -> None:
        await queue_due_insights(context)

    await run_cron(context, "generate-insights", _EVERY_MINUTE, tick)


async def queue_due_insights(context: ServiceContext) -> None:
    """Queue a generation for each tenant whose hour has come."""
    for tenant_id in await due_tenants(context.db):
        async with context.db.tenant(tenant_id) as connection:
            if await claim_due(connection, tenant_id, GENERATE_INSIGHTS_KIND):
                await enqueue(connection, context.name, tenant_id, GENERATE_INSIGHTS_KIND, {}, None)
