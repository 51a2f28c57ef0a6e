"""What a sync has at hand while it reads one source, whichever kind that is."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loguru import logger

from common.clock import now
from common.db import Connection
from common.http.context import ServiceContext
from common.jobs import JobContext
from services.data_service.store.syncs import sources
from services.data_service.store.syncs.sources import Source

# A sync that takes longer goes on behind the others that wait for its slot.
STEP_SECONDS: Final = 60.0
# A backfill's slots are fewer, and it is at work for hours.
BACKFILL_STEP_SECONDS: Final = 15.0


class ToBeContinued(Exception):
    """A sync that is not at its end: what it read is in, and the same job goes on as if it had been killed here.

    `at` is when; None: when its turn comes. `note` says to people what it waits for. Nobody holds a slot until then.
    """

    def __init__(self, at: datetime | None = None, note: str = "") -> None:
        super().__init__(note)
        self.at = at
        self.note = note


@dataclass(frozen=True)
class TenantPlace:
    """Where and in what money a tenant counts."""

    zone: ZoneInfo
    currency: str
    country: str


@dataclass(frozen=True)
class SourceAccess:
    """A source with its secrets open, for as long as it is read or tested."""

    service: ServiceContext
    tenant_id: UUID
    source: Source
    tenant: TenantPlace
    secrets: dict[str, str] = field(repr=False)

    @property
    def config(self) -> dict[str, Any]:
        """As it was given when the source was made, by kind."""
        return self.source.config

    def today(self) -> date:
        """The tenant's day."""
        return now().astimezone(self.tenant.zone).date()


@dataclass(frozen=True)
class Finding:
    """One sentence of a source's test: what is right, what to know, or what is wrong and what to do about it."""

    ok: bool
    text: str


@dataclass(frozen=True)
class SyncRun(SourceAccess):
    """A sync at work.

    `days` (both inclusive, the tenant's) is what somebody asked for, a backfill's piece too; None is what is due:
    everything since the cursor, and with `reads_window` (once a night) the days that the vendor restates.
    `data_types` is which of events, users and locations was asked for; None: everything that the kind reads.
    A sync reads page by page; each page's rows, the cursor's move and the counts are one transaction, so that a crash
    goes on there. It never deletes history and never reports a day that it did not read. What may take long makes way
    between two pages (`make_way`), and what a vendor prepares for minutes is not waited for (`ToBeContinued`).
    """

    job: JobContext = field(kw_only=True)
    days: tuple[date, date] | None = None
    data_types: frozenset[str] | None = None
    reads_window: bool = False
    began_at: datetime = field(default_factory=now)
    step_began: float = field(default_factory=monotonic)

    def make_way(self) -> None:
        """Once a minute has passed (15 s of a backfill's step), let others have the slot.

        The same job (`run.job.job_id`) goes on after them. Call it where a page is committed, its cursor has moved, and
        more is to come; never within a transaction. The next step is this sync from its beginning, in a new `SyncRun`:
        it must find its place by its cursors, behind what this step has read. What every step reads anew, overlaps too,
        must take less than that, or it is read for ever; so a walk whose cursor moves only at its end has no place for
        this call.

        Raises:
            ToBeContinued: let it pass; whoever runs the sync queues the job again and settles nothing.
        """
        seconds = STEP_SECONDS if self.days is None else min(STEP_SECONDS, BACKFILL_STEP_SECONDS)
        if monotonic() - self.step_began > seconds:
            raise ToBeContinued(note="more of it is being read, step by step")

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction of the tenant."""
        return self.service.db.tenant(self.tenant_id)

    async def position(self, stream: str) -> Any:
        """How far a stream has been read; None where it never was."""
        async with self.transaction() as connection:
            return await sources.position_of(connection, self.tenant_id, self.source.source_id, stream)

    async def move(self, connection: Connection, stream: str, position: Any) -> None:
        """Move a stream's cursor with the rows that were read; `position` is JSON of the source's own making."""
        await sources.move_to(connection, self.tenant_id, self.source.source_id, stream, position)

    async def flag(self, connection: Connection, stream: str, day: date, flags: dict[str, dict[str, Any]]) -> None:
        """Note what the vendor says of a day's numbers (`{"sampled": {"share": 0.4}}`); nothing clears the day."""
        await sources.set_flags(connection, self.tenant_id, self.source.source_id, stream, day, flags)

    async def flag_too(self, connection: Connection, stream: str, day: date, flags: dict[str, dict[str, Any]]) -> None:
        """Note more of a day, whose numbers stay as they are with what was said of them."""
        await sources.add_flags(connection, self.tenant_id, self.source.source_id, stream, day, flags)

    async def note_unknown(self, connection: Connection, stream: str, fields: Iterable[str]) -> None:
        """Tell once of fields that nobody here knows; rows that have a place for them keep them raw."""
        names = await sources.add_unknown_fields(connection, self.tenant_id, self.source.source_id, stream, fields)
        if names:
            logger.warning("{} {}: unknown fields in {}: {}", self.source.kind, self.source.source_id, stream, names)
