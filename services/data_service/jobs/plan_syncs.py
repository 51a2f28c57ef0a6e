"""The schedule of all sources: a loop that queues the due ones."""

from typing import Final

from common.http.context import ServiceContext
from common.jobs.cron import run_cron
from services.data_service.domain.syncs.plan_syncs import plan_syncs

# Every ten seconds, so that the sources of a quarter hour are queued in ninety small lots, not in fifteen large ones.
_TICK: Final = "* * * * * */10"


async def keep_sources_read(context: ServiceContext) -> None:
    """Queue due sources until the service stops; each is queued by one replica only."""

    async def tick() -> None:
        await plan_syncs(context.db)

    await run_cron(context, "plan-syncs", _TICK, tick)
