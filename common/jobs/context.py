"""The context of a running job: its parameters, its progress, and whether it was cancelled."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from common.http.context import ServiceContext
from common.jobs.outcomes import JobCancelled, JobHandedBack


@dataclass
class JobContext:
    """A running job. Its function sets `counts` and `eta`, which the job view shows, and `progress` writes them.

    `queue_id` is the ticket by which this worker holds the job: if the job's row has another one, another worker has
    taken it over. It is None if the job did not come from a queue. `leaving` is set when the worker hands its jobs
    back. `deaths` is how many workers in a row went silent at this job before, none getting further than the last.
    """

    service: ServiceContext
    tenant_id: UUID
    job_id: UUID
    kind: str
    params: dict[str, Any]
    attempt: int
    deaths: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    eta: datetime | None = None
    queue_id: int | None = None
    leaving: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, more: dict[str, int]) -> None:
        """Add to the counts. The next `progress` writes them."""
        for name, number in more.items():
            self.counts[name] = self.counts.get(name, 0) + number

    async def progress(self, done: int, total: int | None, connection: Connection | None = None) -> None:
        """Write the job's progress, in the transaction of `connection` if one is given.

        Raises:
            JobCancelled: somebody requested to cancel the job.
            JobHandedBack: this worker stops, or another one has taken the job over; the caller's transaction is rolled
                back.
        """
        if self.service.stopping.is_set() or self.leaving.is_set():
            raise JobHandedBack
        if connection is None:
            async with self.service.db.tenant(self.tenant_id) as own:
                await self._write(own, done, total)
        else:
            await self._write(connection, done, total)

    async def hold(self, connection: Connection) -> None:
        """Lock the job until the connection's transaction ends, for writes that do not report progress.

        Call it last: other rows are locked before the job's row.

        Raises:
            JobHandedBack: another worker has taken the job over.
        """
        if self.queue_id is None:
            return
        is_ours = await connection.fetchval(
            f"select true from {self.service.name}.job where tenant_id = $1 and job_id = $2 and queue_id = $3"  # noqa: S608 -- own name
            " for update",
            self.tenant_id,
            self.job_id,
            self.queue_id,
        )
        if not is_ours:
            raise JobHandedBack

    async def _write(self, connection: Connection, done: int, total: int | None) -> None:
        row = await connection.fetchrow(
            f"update {self.service.name}.job set done = $3, total = $4, counts = $5, eta = $6"  # noqa: S608 -- own name
            " where tenant_id = $1 and job_id = $2 and ($7::bigint is null or queue_id = $7)"
            " returning cancel_requested_at is not null as cancelled",
            self.tenant_id,
            self.job_id,
            done,
            total,
            to_jsonb(self.counts),
            self.eta,
            self.queue_id,
        )
        if row is None and self.queue_id is not None:
            raise JobHandedBack
        if row is not None and row["cancelled"]:
            raise JobCancelled
