"""The daily work after each tenant's midnight: close the day, check and mend it, and drop what is past its age."""

from typing import Final

from common.http.context import ServiceContext
from common.jobs import enqueue
from common.jobs.cron import run_cron
from services.analytics_service.domain.aggregate_jobs import CHECK_AGGREGATES_KIND, DROP_AGED_KIND
from services.analytics_service.store.due_checks import claim_check, close_days, due_checks
from services.analytics_service.store.retention import get_ages

_EVERY_MINUTE: Final = "* * * * *"


async def check_each_yesterday(context: ServiceContext) -> None:
    """Queue due checks every minute until the service stops; of several replicas, only one does it each minute."""

    async def tick() -> None:
        await queue_due_checks(context)

    await run_cron(context, "check-yesterday", _EVERY_MINUTE, tick)


async def queue_due_checks(context: ServiceContext) -> None:
    """Queue a check of yesterday for each tenant whose midnight has passed, and close its days up to yesterday."""
    for tenant_id in await due_checks(context.db):
        async with context.db.tenant(tenant_id) as connection:
            day = await claim_check(connection, tenant_id)
            if day is not None:
                await close_days(connection, tenant_id, day)
                params = {"date_from": str(day), "date_to": str(day), "mend": True}
                await enqueue(connection, context.name, tenant_id, CHECK_AGGREGATES_KIND, params, None)
                ages = await get_ages(connection, tenant_id)
                if ages.hourly_days or ages.daily_days:
                    await enqueue(connection, context.name, tenant_id, DROP_AGED_KIND, {}, None)
