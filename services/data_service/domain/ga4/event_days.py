"""Days of events: each read whole and put in whole, in place of what was told of it before."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from common.db import Connection
from services.data_service.domain.ga4.day_events import DayEvents, DayReader
from services.data_service.domain.ga4.event_reports import EVENTS, event_reports
from services.data_service.domain.ga4.read_reports import Flags, ReportReader, WholeReport, merged
from services.data_service.domain.ga4.told_rows import ToldRows
from services.data_service.domain.ga4.visit import VisitReader
from services.data_service.domain.location_rule import read_rule
from services.data_service.domain.source_settings import Ga4Config
from services.data_service.domain.sync_run import SyncRun
from services.data_service.store.known_rules import KnownRules
from services.data_service.store.months import KnownMonths
from services.data_service.store.record_events import LocationRuleChanged, Recorded
from services.data_service.store.restated_events import restate_events
from services.data_service.store.staged_batch import StagedBatch, batch_of

# GA4 goes on processing a day's events for up to 48 hours, and later where hits come late: "Data freshness",
# support.google.com/analytics/answer/11198161
RESTATED_DAYS: Final = 4
_STREAM: Final = "events"
# Where a run that was asked for days stands, so that it goes on there once its tokens are whole again.
_ASKED: Final = "asked"


class EventDays:
    """The days of events that a run reads."""

    def __init__(self, run: SyncRun, config: Ga4Config, reader: ReportReader) -> None:
        self._run = run
        self._config = config
        self._reader = reader
        self._through: date | None = None

    async def due(self) -> tuple[date, date]:
        """First and last day to read: those that were asked for, or yesterday, today and all since the last sync.

        After days without a sync also those before it that may have been restated since: no night has read them.
        """
        run = self._run
        if run.days:
            return run.days
        position: Any = await run.position(_STREAM)
        zone = ZoneInfo(position["zone"]) if position else run.tenant.zone
        today = run.began_at.astimezone(zone).date()
        yesterday, window = today - timedelta(days=1), timedelta(days=RESTATED_DAYS - 1)
        first = today - window if run.reads_window else yesterday
        if position:
            self._through = date.fromisoformat(position["day"])
            if self._through < yesterday:
                first = min(first, self._through - window)
        return first, today

    async def sync(self, days: tuple[date, date]) -> None:
        """Read the days; those that this very job has read already are passed over."""
        first, last = days
        done = await self._done()
        total = (last - first).days + 1
        for number in range(total):
            day = first + timedelta(days=number)
            if done is None or day > done:
                await self._sync_day(day, (number + 1, total))

    async def _done(self) -> date | None:
        if self._run.days is None:
            return None
        position: Any = await self._run.position(_ASKED)
        if position is None or position["asked"] != self._asked(self._run.days):
            return None
        return date.fromisoformat(position["through"])

    def _asked(self, days: tuple[date, date]) -> list[str]:
        """Whose days: those of this job, whatever other piece of it was read before."""
        return [str(self._run.job.job_id), *(day.isoformat() for day in days)]

    async def _sync_day(self, day: date, progress: tuple[int, int]) -> None:
        run = self._run
        asked = event_reports(self._config.custom_dimensions, day)
        reports = await self._reader.read([one.report for one in asked])
        told = {one.report.name: ToldRows(one.columns, reports[one.report.name].rows) for one in asked}
        zone = ZoneInfo(reports[EVENTS].time_zone) if reports[EVENTS].time_zone else run.tenant.zone
        rules: KnownRules = run.service.extras["rules"]
        is_in = False
        while not is_in:
            rule = await rules.get(run.service.db, run.tenant_id)
            visits = VisitReader(self._config.custom_dimensions, read_rule(rule))
            reader = DayReader(self._config.property_id, visits, zone, reports[EVENTS].currency)
            # (in a thread: tens of thousands of rows would hold the loop)
            read = await asyncio.to_thread(reader.read, told)
            batch = await asyncio.to_thread(batch_of, read.events) if read.events else None
            try:
                await self._put_in(day, zone, rule, read, batch, _flags_of(reports, read), progress)
                is_in = True
            except LocationRuleChanged as changed:
                rules.put(run.tenant_id, changed.rule)
        run.service.wake_relay()

    async def _put_in(
        self,
        day: date,
        zone: ZoneInfo,
        rule: str | None,
        read: DayEvents,
        batch: StagedBatch | None,
        flags: Flags,
        progress: tuple[int, int],
    ) -> None:
        """Events, flags, cursor and counts of a day, in one transaction."""
        run = self._run
        if batch:
            months: KnownMonths = run.service.extras["months"]
            await months.ensure(run.service.db, batch.months)
        async with run.transaction() as connection:
            recorded = await restate_events(
                connection,
                run.tenant_id,
                self._config.property_id,
                (_midnight(day, zone), _midnight(day + timedelta(days=1), zone)),
                batch,
                resolved_by=rule,
                job_id=run.job.job_id,
            )
            await run.flag(connection, _STREAM, day, flags)
            await self._move(connection, day, zone)
            run.job.count(_counts_of(recorded, read))
            await run.job.progress(*progress, connection)

    async def _move(self, connection: Connection, day: date, zone: ZoneInfo) -> None:
        if self._run.days:
            position = {"asked": self._asked(self._run.days), "through": day.isoformat()}
            await self._run.move(connection, _ASKED, position)
        else:
            # (a night that reads the window again does not forget how far it was)
            self._through = max(day, self._through or day)
            await self._run.move(connection, _STREAM, {"day": self._through.isoformat(), "zone": zone.key})


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _counts_of(recorded: Recorded, read: DayEvents) -> dict[str, int]:
    return recorded.as_counts() | ({"rejected": read.rejected} if read.rejected else {})


def _flags_of(reports: dict[str, WholeReport], read: DayEvents) -> Flags:
    flags = merged(report.flags for report in reports.values())
    if read.untold:
        flags["other_row"] = flags.get("other_row", {}) | {"events": read.untold}
    return flags
