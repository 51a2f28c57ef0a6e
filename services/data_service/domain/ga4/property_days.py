"""Reading a property's days to cover the tenant's days.

A property has its own time zone. If it differs from the tenant's, a day of the tenant consists of parts of two of the
property's days, and only both together are complete.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from services.data_service.domain.ga4.event_reports import EVENTS, event_reports
from services.data_service.domain.ga4.read_reports import Flags, ReportReader, merged
from services.data_service.domain.ga4.report_rows import ReportRows
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SourceAccess, SyncRun
from services.data_service.store.events.epoch_time import MICROSECOND
from services.data_service.store.syncs.sources import position_of

EVENTS_STREAM: Final = "events"


class PropertyDay(NamedTuple):
    """The reports of a property's day, by the names of event_reports, and their flags."""

    told: dict[str, ReportRows]
    begins_at: datetime
    zone: ZoneInfo
    currency: str
    flags: Flags


class PropertyDays:
    """Reads the property's days that cover tenant days; each is read once if they are requested in order."""

    def __init__(self, run: SyncRun, config: Ga4Config, reader: ReportReader, zone: ZoneInfo) -> None:
        """`zone`: the property's, or a guess until its first answer names it."""
        self.zone = zone
        self._run = run
        self._custom_dimensions = config.custom_dimensions
        self._reader = reader
        self._read: dict[date, PropertyDay] = {}

    def today(self) -> date:
        """Today's date in the property's time zone."""
        return self._run.began_at.astimezone(self.zone).date()

    async def telling(self, starts_at: datetime, ends_at: datetime) -> list[PropertyDay]:
        """The property's days that cover a span, in order, without days that have not begun there."""
        while missing := [day for day in self._wanted(starts_at, ends_at) if day not in self._read]:
            self._read[missing[0]] = await self._read_day(missing[0])
        # The last of them is also the beginning of the next span.
        self._read = {day: self._read[day] for day in self._wanted(starts_at, ends_at)}
        return list(self._read.values())

    def _wanted(self, starts_at: datetime, ends_at: datetime) -> list[date]:
        return [day for day in covering_days(starts_at, ends_at, self.zone) if day <= self.today()]

    async def _read_day(self, day: date) -> PropertyDay:
        asked = event_reports(self._custom_dimensions, day)
        reports = await self._reader.read([one.report for one in asked])
        if reports[EVENTS].time_zone:
            self.zone = ZoneInfo(reports[EVENTS].time_zone)
        return PropertyDay(
            {one.report.name: ReportRows(one.columns, reports[one.report.name].rows) for one in asked},
            datetime(day.year, day.month, day.day, tzinfo=self.zone),
            self.zone,
            reports[EVENTS].currency,
            merged(report.flags for report in reports.values()),
        )


def covering_days(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> list[date]:
    """The days of a zone that a span touches, in order."""
    first, last = starts_at.astimezone(zone).date(), (ends_at - MICROSECOND).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


async def zone_of_property(access: SourceAccess) -> ZoneInfo:
    """The property's time zone as of the last sync; the tenant's if there was none."""
    async with access.service.db.tenant(access.tenant_id) as connection:
        position: Any = await position_of(connection, access.tenant_id, access.source.source_id, EVENTS_STREAM)
    return ZoneInfo(position["zone"]) if position else access.tenant.zone
