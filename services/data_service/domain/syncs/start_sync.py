"""Queueing a sync: one job for one or several sources of a kind, and none for a source that is at work."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common.clock import now
from common.db import Connection
from common.jobs import enqueue
from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS, SYNC_JOBS
from services.data_service.store.syncs.sync_schedule import plan_next

# Syncs that became due together, after a pause of the service, drift apart again; none comes later than it should.
_JITTER: Final = 0.1
_RANDOM: Final = secrets.SystemRandom()


async def start_sync(
    connection: Connection, tenant_id: UUID, kind: str, source_ids: Sequence[UUID], created_by: UUID | None
) -> dict[str, Any]:
    """Queue a job that reads these sources, one after the other, and plan the next one; `created_by` None: scheduled.

    Returns:
        The job as the contract shows it.
    """
    params = {"source_ids": [str(source_id) for source_id in source_ids]}
    job = await enqueue(connection, "data", tenant_id, SYNC_JOBS[kind], params, created_by)
    for source_id in source_ids:
        await plan_next(connection, tenant_id, source_id, next_regular(kind), job["job_id"])
    return job


def next_regular(kind: str) -> datetime:
    """When a source of the kind is read next if nothing is wrong."""
    return now() + SOURCE_KINDS[kind].every * _RANDOM.uniform(1 - _JITTER, 1)
