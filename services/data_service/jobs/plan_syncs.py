"""The schedule of all sources: one tick that looks for what is due."""

from typing import Final

from common.http.context import ServiceContext
from common.jobs.cron import run_cron
from services.data_service.domain.syncs.plan_syncs import plan_syncs

# Every ten seconds: what is due in a quarter of an hour is queued in ninety small lots, not in fifteen large ones.
_TICK: Final = "* * * * * */10"


async def keep_sources_read(context: ServiceContext) -> None:
    """Queue what is due until the service stops; of several replicas one does each tick."""

    async def tick() -> None:
        await plan_syncs(context.db)

    await run_cron(context, "plan-syncs", _TICK, tick)
