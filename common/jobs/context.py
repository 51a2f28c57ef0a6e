"""What a running job may do: read its parameters, tell its progress, notice that it was cancelled."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from common.jobs.kind import JobCancelled, JobHandedBack

if TYPE_CHECKING:
    from common.http.context import ServiceContext

AWAITING: Final = object()


@dataclass
class JobContext:
    """A job at work. `counts` and `eta` are what the job view shows; the work sets them and `progress` writes them."""

    service: "ServiceContext"
    tenant_id: UUID
    job_id: UUID
    kind: str
    params: dict[str, Any]
    attempt: int
    created_by: UUID | None = None
    counts: dict[str, int] = field(default_factory=dict[str, int])
    eta: datetime | None = None

    def count(self, more: dict[str, int]) -> None:
        """Add to the counts; they are written with the next `progress`."""
        for name, number in more.items():
            self.counts[name] = self.counts.get(name, 0) + number

    async def progress(self, done: int, total: int | None, connection: Connection | None = None) -> None:
        """Write how far the work is; with a `connection`, in that connection's transaction.

        Raises:
            JobCancelled: somebody asked for the job to stop.
            JobHandedBack: this process is stopping; what the caller's transaction holds is rolled back.
        """
        if self.service.stopping.is_set():
            raise JobHandedBack
        if connection is None:
            async with self.service.db.tenant(self.tenant_id) as own:
                await self._write(own, done, total)
        else:
            await self._write(connection, done, total)

    async def _write(self, connection: Connection, done: int, total: int | None) -> None:
        cancelled = await connection.fetchval(
            f"update {self.service.name}.job set done = $3, total = $4, counts = $5, eta = $6"  # noqa: S608 -- own name
            " where tenant_id = $1 and job_id = $2 returning cancel_requested_at is not null",
            self.tenant_id,
            self.job_id,
            done,
            total,
            to_jsonb(self.counts),
            self.eta,
        )
        if cancelled:
            raise JobCancelled
