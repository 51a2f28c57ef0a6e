"""Queueing the syncs that are due, each once however many replicas run."""

from datetime import timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from loguru import logger

from common.clock import now
from common.db import Database
from common.db.outage import is_outage
from services.data_service.domain.syncs.start_sync import start_sync
from services.data_service.store.syncs.sync_schedule import claim_due, due_sources, plan_next

# In one run; the next run finds the rest.
MOST_AT_ONCE: Final = 2_000
# A source that is still being read is considered again soon: its settings may have changed meanwhile.
_AT_WORK_AGAIN: Final = timedelta(minutes=1)


async def plan_syncs(database: Database) -> int:
    """Queue a job for each source that is due, each in a transaction of its tenant.

    A source whose last sync has not ended is skipped for a minute. A failure for one tenant does not affect others.

    Returns:
        How many were queued.
    """
    async with database.lookup("due_sources") as connection:
        due = await due_sources(connection, MOST_AT_ONCE)
    queued = 0
    for tenant_id, sources in groupby(sorted(due), key=lambda source: source.tenant_id):
        try:
            queued += await _plan_tenant(database, tenant_id, [source.source_id for source in sources])
        except Exception as error:
            if is_outage(error):
                raise
            logger.opt(exception=error).error("the syncs of tenant {} could not be planned", tenant_id)
    return queued


async def _plan_tenant(database: Database, tenant_id: UUID, source_ids: list[UUID]) -> int:
    queued = 0
    async with database.tenant(tenant_id) as connection:
        for source in await claim_due(connection, tenant_id, source_ids):
            if source.at_work:
                await plan_next(connection, tenant_id, source.source_id, now() + _AT_WORK_AGAIN)
            else:
                await start_sync(connection, tenant_id, source.kind, [source.source_id], None)
                queued += 1
    return queued
