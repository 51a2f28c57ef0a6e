"""Queueing a sync: one job for one or several sources of a kind."""

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

# Randomness, so that syncs that became due together spread out again; none is later than its interval.
_JITTER: Final = 0.1
_RANDOM: Final = secrets.SystemRandom()


async def start_sync(
    connection: Connection, tenant_id: UUID, kind: str, source_ids: Sequence[UUID], created_by: UUID | None
) -> dict[str, Any]:
    """Queue a job that reads these sources one after the other, and plan the next sync of each.

    `created_by` is None for a scheduled sync.

    Returns:
        The job as the contract shows it.
    """
    params = {"source_ids": [str(source_id) for source_id in source_ids]}
    job = await enqueue(connection, "data", tenant_id, SYNC_JOBS[kind], params, created_by)
    for source_id in source_ids:
        await plan_next(connection, tenant_id, source_id, next_regular(kind), job["job_id"])
    return job


def next_regular(kind: str) -> datetime:
    """When a source of this kind is read next if all goes well."""
    return now() + SOURCE_KINDS[kind].every * _RANDOM.uniform(1 - _JITTER, 1)
