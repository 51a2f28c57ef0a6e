"""Syncing on request: all sources of a kind, or one of them, now."""

from typing import Any
from uuid import UUID

from common.auth.principal import Principal
from common.db import Connection
from common.jobs import get_job
from services.data_service.domain.syncs.start_sync import start_sync
from services.data_service.errors import SourceNotConnected, SourceNotFound, SourcePaused
from services.data_service.store.syncs.sources import sources_of_kind
from services.data_service.store.syncs.sync_schedule import job_at_work


async def sync_now(
    connection: Connection, caller: Principal, kind: str, source_id: UUID | None = None
) -> dict[str, Any]:
    """Queue one job for every source of the kind that is not paused, or for the named one.

    Sources that are already being read are left out. If all are, the job that reads the first of them is returned.

    Returns:
        The job as the contract shows it.

    Raises:
        SourceNotFound, SourceNotConnected, SourcePaused
    """
    tenant_id = caller.tenant_id
    sources = await sources_of_kind(connection, tenant_id, kind, source_id)
    if not sources:
        if source_id is not None:
            message = f"there is no {kind} source {source_id}"
            raise SourceNotFound(message)
        message = f"connect one first: POST /data/sources with kind {kind}"
        raise SourceNotConnected(message)
    awake = [source for source in sources if source.status != "paused"]
    if not awake:
        message = "go on with it first: PUT /data/sources/{id} with status active"
        raise SourcePaused(message)
    at_work = {source.source_id: await job_at_work(connection, tenant_id, source.source_id) for source in awake}
    idle = [source_id for source_id, job_id in at_work.items() if job_id is None]
    if idle:
        return await start_sync(connection, tenant_id, kind, idle, caller.account_id)
    [job_id, *_] = [job_id for job_id in at_work.values() if job_id is not None]
    return await get_job(connection, "data", tenant_id, job_id)
