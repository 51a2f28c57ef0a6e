"""`drop-aged-events`: removing events past the tenant's retention period, and what is kept of single visits."""

from datetime import timedelta
from typing import Final

from loguru import logger

from common.clock import now
from common.db.outage import is_outage
from common.http.context import ServiceContext
from common.jobs import AWAITING, JobContext, Resume, enqueue
from common.jobs.cron import run_cron
from services.data_service.store.events.aged_events import (
    DROP_AGED_JOB,
    claim_look,
    close_to_aged,
    count_aged,
    drop_aged,
    due_tenants,
    keep_from,
    waits_for_answers,
)
from services.data_service.store.events.batches import await_refresh

_EVERY_MINUTE: Final = "* * * * *"
_OF_A_TABLE_AT_A_TIME: Final = 5_000
_LOOK_AGAIN: Final = timedelta(seconds=2)
_MAKE_WAY_AFTER: Final = timedelta(seconds=15)


async def keep_events_to_their_age(context: ServiceContext) -> None:
    """Queue due jobs every minute until the service stops; each is queued by one replica only."""

    async def tick() -> None:
        await queue_due_drops(context)

    await run_cron(context, "drop-aged-events", _EVERY_MINUTE, tick)


async def queue_due_drops(context: ServiceContext) -> None:
    """Queue a job for each tenant that is due; a failure for one tenant delays no other."""
    for tenant_id in await due_tenants(context.db):
        try:
            async with context.db.tenant(tenant_id) as connection:
                if await claim_look(connection, tenant_id):
                    await enqueue(connection, context.name, tenant_id, DROP_AGED_JOB, {}, None)
        except Exception as error:
            if is_outage(error):
                raise
            logger.opt(exception=error).error("tenant {}: dropping aged events could not be queued", tenant_id)


async def drop_aged_events(job: JobContext) -> object:
    """Remove aged events in steps, oldest first, each committed with what it touched; a rerun continues.

    Everything recorded before must be in every answer first, since later no figure is computed from removed events.
    """
    async with job.service.db.tenant(job.tenant_id) as connection:
        await close_to_aged(connection, job.tenant_id)
    async with job.service.db.tenant(job.tenant_id) as connection:
        if await waits_for_answers(connection, job.tenant_id):
            return Resume(now() + _LOOK_AGAIN, "what was recorded is not in every answer yet")
        aged = await keep_from(connection, job.tenant_id)
    if aged is None:
        return None
    done = sum(job.counts.values())
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        total = done + await count_aged(connection, job.tenant_id, aged.events_since)
    began = now()
    gone = {"": 1}
    while gone:
        if now() - began > _MAKE_WAY_AFTER:
            return Resume()
        async with job.service.db.tenant(job.tenant_id) as connection:
            gone = await drop_aged(connection, job.tenant_id, job.job_id, aged.events_since, _OF_A_TABLE_AT_A_TIME)
            job.count(gone)
            done += sum(gone.values())
            await job.progress(done, total, connection)
        job.service.wake_relay()
    async with job.service.db.tenant(job.tenant_id) as connection:
        is_in = await await_refresh(connection, job.tenant_id, job.job_id)
    return None if is_in else AWAITING
