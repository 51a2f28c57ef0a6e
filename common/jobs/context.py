"""What a running job may do: read its parameters, tell its progress, notice that it was cancelled."""

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
    """A job at work. `counts` and `eta` are what the job view shows; the work sets them and `progress` writes them.

    `queue_id` is the ticket that this worker has the job by: with another one in the job's row, it is another's. None:
    no queue handed it out. `leaving` is set when the worker hands back what it has. `deaths` is how many workers in a
    row went silent at it before this one, none further than the one before.
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
        """Add to the counts; they are written with the next `progress`."""
        for name, number in more.items():
            self.counts[name] = self.counts.get(name, 0) + number

    async def progress(self, done: int, total: int | None, connection: Connection | None = None) -> None:
        """Write how far the work is; with a `connection`, in that connection's transaction.

        Raises:
            JobCancelled: somebody asked for the job to stop.
            JobHandedBack: this worker stops, or another one has taken the job over; what the caller's transaction holds
                is rolled back.
        """
        if self.service.stopping.is_set() or self.leaving.is_set():
            raise JobHandedBack
        if connection is None:
            async with self.service.db.tenant(self.tenant_id) as own:
                await self._write(own, done, total)
        else:
            await self._write(connection, done, total)

    async def hold(self, connection: Connection) -> None:
        """Keep the job until the connection's transaction ends; for what is written of it without any progress.

        To be called last: rows of the work are locked before the job's.

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
