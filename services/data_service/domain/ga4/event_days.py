"""Days of events: each of the tenant's days is read whole and replaces what was stored of it."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from common.db import Connection
from services.data_service.domain.events.location_rule import read_rule
from services.data_service.domain.ga4.daily_reports import DailyReports
from services.data_service.domain.ga4.day_events import DayEvents, DayReader
from services.data_service.domain.ga4.dimensions_since import DimensionsSince
from services.data_service.domain.ga4.due_days import KEPT_OLDER, due_days, is_settled
from services.data_service.domain.ga4.property_days import EVENTS_STREAM, PropertyDay, PropertyDays
from services.data_service.domain.ga4.read_reports import Flags, merged
from services.data_service.domain.ga4.visit import VisitReader
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.store.events.epoch_time import to_microseconds
from services.data_service.store.events.known_rules import KnownRules
from services.data_service.store.events.months import KnownMonths
from services.data_service.store.events.property_events import PropertyEventCounts, count_property_events
from services.data_service.store.events.record_events import LocationRuleChanged, Recorded
from services.data_service.store.events.restated_events import restate_events
from services.data_service.store.events.staged_batch import StagedBatch, batch_of
from services.data_service.store.events.staged_event import StagedEvent
from services.data_service.store.events.tenant_day import TenantDay, tenant_day

# A job's position within its days. For requested days each job has its own stream, by its id: several may take turns at
# one property.
_READING: Final = "events.reading"
_ASKED: Final = "asked"


class EventDays:
    """Reads the tenant's days of events for a run."""

    def __init__(
        self,
        run: SyncRun,
        config: Ga4Config,
        days: PropertyDays,
        dimensions: DimensionsSince,
        reports: DailyReports,
    ) -> None:
        self._run = run
        self._dimensions = dimensions
        self._reports = reports
        self._config = config
        self._property = days
        self._through: date | None = None

    async def due(self) -> tuple[date, date]:
        """First and last day to read: the requested or due days.

        The range of an earlier step of this job is kept if it covers them.
        """
        run = self._run
        if run.days:
            return run.days
        position: Any = await run.position(EVENTS_STREAM)
        place: Any = await run.position(_READING)
        if position:
            self._through = date.fromisoformat(position["day"])
        today = self._today()
        nightly, _ = due_days(today, None, reads_window=run.reads_window)
        if place and place["job"] == str(run.job.job_id):
            begun, last = map(date.fromisoformat, place["days"])
            if begun <= nightly and last == today:
                return begun, today
        return due_days(today, self._through, reads_window=run.reads_window)

    def _today(self) -> date:
        return self._run.began_at.astimezone(self._run.tenant.zone).date()

    async def sync(self, days: tuple[date, date]) -> None:
        """Read the days, skipping those that this job has read already.

        Raises:
            ToBeContinued: between two days.
        """
        first, last = days
        done = await self._done(days)
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            if done is None or day > done:
                await self._sync_day(day, days)
                if day < last:
                    self._run.make_way()

    async def _done(self, days: tuple[date, date]) -> date | None:
        place: Any = await self._run.position(self._stream_of_place())
        through = place and date.fromisoformat(place["through"])
        return through if place == self._place(days, through) else None

    def _stream_of_place(self) -> str:
        return f"{_ASKED}.{self._run.job.job_id}" if self._run.days else _READING

    def _place(self, days: tuple[date, date], through: date | None) -> dict[str, Any]:
        """The position of this job within these days."""
        job_id = str(self._run.job.job_id)
        return {"job": job_id, "days": [day.isoformat() for day in days], "through": through and through.isoformat()}

    async def _sync_day(self, day: date, days: tuple[date, date]) -> None:
        run = self._run
        of_tenant = tenant_day(day, run.tenant.zone)
        told = await self._property.telling(of_tenant.starts_at, of_tenant.ends_at)
        rules: KnownRules = run.service.extras["rules"]
        is_in = False
        while not is_in:
            rule = await rules.get(run.service.db, run.tenant_id)
            visits = VisitReader(self._config.custom_dimensions, read_rule(rule))
            # In a thread: tens of thousands of rows would block the event loop.
            read = await asyncio.to_thread(_events_within, of_tenant, told, visits, self._config.property_id)
            batch = await asyncio.to_thread(batch_of, read.events) if read.events else None
            try:
                await self._put_in(of_tenant, rule, read, batch, _flags_of(told, read), days)
                is_in = True
            except LocationRuleChanged as changed:
                rules.put(run.tenant_id, changed.rule)
        run.service.wake_relay()

    async def _put_in(
        self,
        of_tenant: TenantDay,
        rule: str | None,
        read: DayEvents,
        batch: StagedBatch | None,
        flags: Flags,
        days: tuple[date, date],
    ) -> None:
        """Store a day's events, flags, cursor and counts in one transaction; no events if the day has lost some."""
        run = self._run
        if batch:
            months: KnownMonths = run.service.extras["months"]
            await months.ensure(run.service.db, batch.months)
        span = of_tenant.starts_at, of_tenant.ends_at
        async with run.transaction() as connection:
            if lost := await self._lost(connection, of_tenant, read):
                await run.flag_too(connection, EVENTS_STREAM, of_tenant.day, {KEPT_OLDER: lost})
                run.job.count({"kept_older_days": 1})
            else:
                recorded = await restate_events(
                    connection,
                    run.tenant_id,
                    self._config.property_id,
                    span,
                    batch,
                    resolved_by=rule,
                    job_id=run.job.job_id,
                )
                await run.flag(connection, EVENTS_STREAM, of_tenant.day, flags)
                run.job.count(_counts_of(recorded, read))
            await self._move(connection, of_tenant.day, days)
            await run.job.progress((of_tenant.day - days[0]).days + 1, (days[1] - days[0]).days + 1, connection)

    async def _lost(self, connection: Connection, of_tenant: TenantDay, read: DayEvents) -> dict[str, Any] | None:
        """The stored and the reported counts of a settled day if fewer are reported; that is no restatement."""
        if not is_settled(of_tenant.day, self._today()):
            return None
        span = of_tenant.starts_at, of_tenant.ends_at
        before = await count_property_events(connection, self._run.tenant_id, self._config.property_id, span)
        told = PropertyEventCounts.of(read.events) if before.events else before
        has_lost = self._dimensions.has_lost(before, told)
        return {"kept": before.as_detail(), "told": told.as_detail()} if has_lost else None

    async def _move(self, connection: Connection, day: date, days: tuple[date, date]) -> None:
        await self._run.move(connection, self._stream_of_place(), self._place(days, day))
        await self._dimensions.note(connection)
        if not self._run.days:
            if self._through is None:
                # Not earlier: a property that refuses its first sync was never read.
                await self._reports.note_beginning(connection, self._property.today())
            # Reading the window again at night does not move the cursor back.
            self._through = max(day, self._through or day)
            position = {"day": self._through.isoformat(), "zone": self._property.zone.key}
            await self._run.move(connection, EVENTS_STREAM, position)


def _events_within(
    of_tenant: TenantDay, told: Sequence[PropertyDay], visits: VisitReader, property_id: str
) -> DayEvents:
    """The events of a tenant's day from the property's days; unreadable rows count for the day theirs begins in."""
    first_us, end_us = map(to_microseconds, (of_tenant.starts_at, of_tenant.ends_at))
    events: list[StagedEvent] = []
    untold = rejected = 0
    for day in told:
        read = DayReader(property_id, visits, day.zone, day.currency).read(day.told)
        events.extend(event for event in read.events if first_us <= int(event.event_us) < end_us)
        untold += read.untold
        rejected += read.rejected if of_tenant.starts_at <= day.begins_at < of_tenant.ends_at else 0
    return DayEvents(events, untold, rejected)


def _counts_of(recorded: Recorded, read: DayEvents) -> dict[str, int]:
    return recorded.as_counts() | ({"rejected": read.rejected} if read.rejected else {})


def _flags_of(told: Sequence[PropertyDay], read: DayEvents) -> Flags:
    flags = merged(day.flags for day in told)
    if read.untold:
        flags["other_row"] = flags.get("other_row", {}) | {"events": read.untold}
    return flags
