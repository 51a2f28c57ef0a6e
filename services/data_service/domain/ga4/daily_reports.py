"""Ads, channels and ids of days, all in one call, with their own cursor.

They are read after the events; if a sync breaks off between the two they stay due.
"""

from datetime import date
from typing import Any, Final

from common.db import Connection
from services.data_service.domain.ga4.ad_days import ADS, ads_report, put_in_ads
from services.data_service.domain.ga4.channels import CHANNELS, channels_report, put_in_channels
from services.data_service.domain.ga4.due_days import RESTATED_DAYS, due_days
from services.data_service.domain.ga4.known_ids import (
    LOCATIONS,
    USERS,
    locations_report,
    put_in_locations,
    put_in_users,
    users_report,
)
from services.data_service.domain.ga4.read_reports import ReportReader
from services.data_service.domain.ga4.report_rows import ReportRows
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.store.tenant_settings import location_source

_STREAM: Final = "reports"
# The day up to which all are stored; before the first read, the day from which on they are due.
_THROUGH: Final = "day"
_FROM: Final = "from"
_ALL_TYPES: Final = frozenset({"events", "users", "locations"})


class DailyReports:
    """Reports of whole days in the property's time zone: ad spend has no hour."""

    def __init__(self, run: SyncRun, config: Ga4Config, reader: ReportReader) -> None:
        self._run = run
        self._config = config
        self._reader = reader
        self._types = run.data_types or _ALL_TYPES

    async def note_beginning(self, connection: Connection, today: date) -> None:
        """Store with a source's first events from which day on they are due; `today` is the property's."""
        first, _ = due_days(today, None, reads_window=self._run.reads_window)
        await self._run.move(connection, _STREAM, {_FROM: first.isoformat()})

    async def sync(self, today: date) -> None:
        """Read the requested or due days; `today` is the property's.

        Raises:
            VendorError: the days stay due.
        """
        run = self._run
        days = await self._due(today) if run.days is None else (min(run.days[0], today), min(run.days[1], today))
        first, last = days
        # Ids hardly change, so they are not read every quarter hour.
        with_ids = run.days is not None or run.reads_window or (last - first).days >= RESTATED_DAYS
        await self._read(days, today, with_ids=with_ids)

    async def _due(self, today: date) -> tuple[date, date]:
        position: Any = await self._run.position(_STREAM) or {}
        through, owed = (position.get(name) and date.fromisoformat(position[name]) for name in (_THROUGH, _FROM))
        first, last = due_days(today, through, reads_window=self._run.reads_window)
        return min(first, owed or first), last

    async def _read(self, days: tuple[date, date], today: date, *, with_ids: bool) -> None:
        run, config, types = self._run, self._config, self._types
        reports = [ads_report(days), channels_report(days)] if "events" in types else []
        async with run.transaction() as connection:
            rule = await location_source(connection, run.tenant_id)
        users = users_report(config, days) if with_ids and "users" in types else None
        locations = locations_report(config, rule, days) if with_ids and "locations" in types else None
        reports.extend(asked.report for asked in (users, locations) if asked)
        if not reports:
            return
        whole = await self._reader.read(reports)
        if users:
            await put_in_users(run, ReportRows(users.columns, whole[USERS].rows))
        if locations:
            await put_in_locations(run, ReportRows(locations.columns, whole[LOCATIONS].rows))
        if "events" in types:
            async with run.transaction() as connection:
                await put_in_ads(run, connection, whole[ADS], days, today)
                await put_in_channels(run, connection, whole[CHANNELS], days, today)
                if run.days is None:
                    await run.move(connection, _STREAM, {_THROUGH: days[1].isoformat()})
                # The job's counts are stored with the rows, whatever happens before the job's end.
                length = (days[1] - days[0]).days + 1
                await run.job.progress(length, length, connection)
