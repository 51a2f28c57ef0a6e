"""The context of a sync while it reads one source of any kind."""

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

# After this time, a sync lets others that wait have its slot, and continues after them.
STEP_SECONDS: Final = 60.0
# Shorter for backfills, which take hours and have fewer slots.
BACKFILL_STEP_SECONDS: Final = 15.0


class ToBeContinued(Exception):
    """The sync is not complete: what it read is stored, and the same job continues as if it had been killed here.

    `at` is when it continues; None: when its turn comes. `note` tells people what it waits for. It holds no slot while
    it waits.
    """

    def __init__(self, at: datetime | None = None, note: str = "") -> None:
        super().__init__(note)
        self.at = at
        self.note = note


@dataclass(frozen=True)
class TenantPlace:
    """A tenant's time zone, currency (ISO 4217) and country (ISO 3166, '' if unknown)."""

    zone: ZoneInfo
    currency: str
    country: str


@dataclass(frozen=True)
class SourceAccess:
    """A source with its secrets decrypted, while it is read or tested."""

    service: ServiceContext
    tenant_id: UUID
    source: Source
    tenant: TenantPlace
    secrets: dict[str, str] = field(repr=False)

    @property
    def config(self) -> dict[str, Any]:
        """The source's settings, by its kind."""
        return self.source.config

    def today(self) -> date:
        """The current day in the tenant's time zone."""
        return now().astimezone(self.tenant.zone).date()


@dataclass(frozen=True)
class Finding:
    """One result of a source's check, as a sentence: something right, worth knowing, or wrong and how to fix it."""

    ok: bool
    text: str


@dataclass(frozen=True)
class SyncRun(SourceAccess):
    """A running sync.

    `days` (both included, the tenant's) are the days of a backfill's piece. None means whatever is due: everything
    since the cursor and, with `reads_window` (once a night), the days that the vendor restates. `data_types` selects
    among events, users and locations; None means everything that the kind reads.

    A sync reads page by page. The rows of a page, the new cursor and the counts are stored in one transaction, so that
    it continues there after a crash. It never deletes history, and never reports a day that it did not read. Between
    two pages a long sync calls `make_way`; for a report that takes the vendor minutes it raises `ToBeContinued`.
    """

    job: JobContext = field(kw_only=True)
    days: tuple[date, date] | None = None
    data_types: frozenset[str] | None = None
    reads_window: bool = False
    began_at: datetime = field(default_factory=now)
    step_began: float = field(default_factory=monotonic)

    def make_way(self) -> None:
        """After a minute (15 s in a backfill), let others have the slot; the same job continues after them.

        Call it when a page and its cursor are committed and more is to come, never within a transaction. The next step
        runs the sync from its beginning, with a new `SyncRun`, and must find its place by the cursors. What each step
        reads again must take less time than a step, or the sync never ends. So do not call it in a loop whose cursor
        moves only at its end.

        Raises:
            ToBeContinued: do not catch it; the job is queued again, and nothing is settled.
        """
        seconds = STEP_SECONDS if self.days is None else min(STEP_SECONDS, BACKFILL_STEP_SECONDS)
        if monotonic() - self.step_began > seconds:
            raise ToBeContinued(note="more of it is being read, step by step")

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction of the source's tenant."""
        return self.service.db.tenant(self.tenant_id)

    async def position(self, stream: str) -> Any:
        """The cursor of a stream; None if it was never read."""
        async with self.transaction() as connection:
            return await sources.position_of(connection, self.tenant_id, self.source.source_id, stream)

    async def move(self, connection: Connection, stream: str, position: Any) -> None:
        """Move a stream's cursor, in the transaction of the rows; `position` is JSON, defined by the kind."""
        await sources.move_to(connection, self.tenant_id, self.source.source_id, stream, position)

    async def flag(self, connection: Connection, stream: str, day: date, flags: dict[str, dict[str, Any]]) -> None:
        """Replace a day's quality flags, such as `{"sampled": {"share": 0.4}}`; {} clears them."""
        await sources.set_flags(connection, self.tenant_id, self.source.source_id, stream, day, flags)

    async def flag_too(self, connection: Connection, stream: str, day: date, flags: dict[str, dict[str, Any]]) -> None:
        """Add quality flags to those of a day."""
        await sources.add_flags(connection, self.tenant_id, self.source.source_id, stream, day, flags)

    async def note_unknown(self, connection: Connection, stream: str, fields: Iterable[str]) -> None:
        """Record field names that are unknown here, and log each once. Rows keep such fields raw where they can."""
        names = await sources.add_unknown_fields(connection, self.tenant_id, self.source.source_id, stream, fields)
        if names:
            logger.warning("{} {}: unknown fields in {}: {}", self.source.kind, self.source.source_id, stream, names)
