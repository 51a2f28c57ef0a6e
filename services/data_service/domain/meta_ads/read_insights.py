"""Reading campaigns' daily figures, chunk by chunk and page by page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from common.clock import now
from common.db import Connection
from services.data_service.domain.meta_ads.account import Account
from services.data_service.domain.meta_ads.ad_day import ad_day, unknown_fields
from services.data_service.domain.meta_ads.await_report import ReportLost, await_report
from services.data_service.domain.meta_ads.due_days import Days, complete_after
from services.data_service.domain.meta_ads.place import Place, Report, place_of, position_of, stream_of
from services.data_service.domain.meta_ads.silent_days import Silence, all_unsaid, silence
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.sources.meta_ads.account_reader import AccountReader
from services.data_service.sources.meta_ads.refusals import NotThere, TooMuchData
from services.data_service.sources.vendor import VendorAway
from services.data_service.store.ads.ad_figures import FiguresKey, told_figures_of
from services.data_service.store.ads.ad_performance import AdDay, record_ad_performance

if TYPE_CHECKING:
    from services.data_service.sources.meta_ads.graph import Page

STREAM = "insights"
# Days requested directly; more are read by an asynchronous report, which does not time out.
AT_ONCE = 3
# Reports of one chunk that may be lost.
_LOST_REPORTS = 2


async def complete_to(run: SyncRun) -> date | None:
    """The last day up to which the account is complete; None: none yet."""
    kept = await run.position(STREAM)
    return date.fromisoformat(kept["complete_to"]) if kept else None


@dataclass
class InsightsReading:
    """One run over some days of an account; `is_ahead`: the days will be read once more as part of a longer range."""

    run: SyncRun
    reader: AccountReader
    account: Account
    days: Days
    is_ahead: bool = False

    async def read(self) -> None:
        """Read all of the days, continuing where an earlier attempt or step of the job stopped.

        Raises:
            VendorError: what was read until then is stored.
            ToBeContinued: a report is pending, or the slot goes to others.
        """
        place = await place_of(self.run, self.days, is_ahead=self.is_ahead)
        while place.next_day <= self.days.last:
            chunk = self._chunk(place)
            try:
                place = await self._read_chunk(place, chunk)
            except ReportLost:
                place = await self._without_report(place)
            except TooMuchData:
                smaller = place.smaller_than(chunk)
                if smaller is None:
                    raise
                place = smaller
            else:
                if place.next_day <= self.days.last:
                    self.run.make_way()

    def _chunk(self, place: Place) -> Days:
        """The days to read next, but never yesterday and today by a report, whose figures are as of its request.

        A sync has read these days since, and the report would set them back.
        """
        chunk, fresh = place.chunk(self.days), self.account.today() - timedelta(days=1)
        is_late = chunk.length > AT_ONCE and chunk.first < fresh <= chunk.last
        return Days(chunk.first, fresh - timedelta(days=1)) if is_late else chunk

    async def _without_report(self, place: Place) -> Place:
        place = place.without_report()
        is_given_up = place.lost > _LOST_REPORTS
        async with self.run.transaction() as connection:
            await self._move(connection, replace(place, lost=0) if is_given_up else place)
        if is_given_up:
            raise VendorAway("Meta loses the reports that it makes, or does not finish them")
        return place

    async def _read_chunk(self, place: Place, chunk: Days) -> Place:
        """Read a chunk, or the rest of it; returns the position after it."""
        unsaid = place.unsaid or all_unsaid(await self._told(chunk), chunk.first)
        async for page, behind in self._pages(place, chunk):
            # A row that a page repeats counts once.
            rows = {
                FiguresKey(row.campaign_id, row.day): row for row in (ad_day(row, self.account) for row in page.rows)
            }
            unsaid = unsaid.but(rows, chunk.first)
            async with self.run.transaction() as connection:
                await self._record(connection, list(rows.values()))
                await self.run.note_unknown(connection, STREAM, unknown_fields(page.rows))
                await self._move(connection, replace(behind, unsaid=unsaid))
        left_out = silence(self.account, await self._told(chunk), unsaid, chunk.first)
        await self._finish(chunk, place.behind(chunk), left_out)
        return place.behind(chunk)

    async def _pages(self, place: Place, chunk: Days) -> "AsyncIterator[tuple[Page, Place]]":
        """The chunk's pages, each with the position after it; the last page's stays at the page until `_finish`."""
        if chunk.length <= AT_ONCE:
            pages = self.reader.insights(chunk.first, chunk.last, place.after)
        else:
            place, report = await self._report(place, chunk)
            pages = self.reader.report(report.number, place.after)
        try:
            async for page in pages:
                place = replace(place, after=page.after or place.after)
                yield page, place
                if page.after:
                    self.run.make_way()
        except NotThere:
            # Only with a report: otherwise the account was read a moment ago.
            raise ReportLost from None

    async def _report(self, place: Place, chunk: Days) -> tuple[Place, Report]:
        """A finished report of the chunk; a requested one is stored, so that it is not requested again."""
        report, is_new = place.report, place.report is None
        if report is None:
            report = Report(await self.reader.start_report(chunk.first, chunk.last), now())
            place = replace(place, report=report)
            async with self.run.transaction() as connection:
                await self._move(connection, place)

        async def tell() -> None:
            await self.run.job.progress(self._done(place), self.days.length)

        await await_report(self.reader, report, chunk, is_new=is_new, tell=tell)
        return place, report

    async def _told(self, chunk: Days) -> dict[FiguresKey, str]:
        async with self.run.transaction() as connection:
            source_id, account_id = self.run.source.source_id, self.account.account_id
            return await told_figures_of(connection, self.run.tenant_id, source_id, account_id, chunk.first, chunk.last)

    async def _finish(self, chunk: Days, behind: Place, left_out: Silence) -> None:
        """Finish a whole chunk: handle the figures it no longer has, and move the last complete day."""
        before, today = await complete_to(self.run), self.account.today()
        after = complete_after(before, chunk, today, was_asked=self.run.days is not None or self.is_ahead)
        async with self.run.transaction() as connection:
            await self._record(connection, left_out.zeros)
            for day in (chunk.first + timedelta(days=offset) for offset in range(chunk.length)):
                doubted = left_out.doubted.get(day)
                flags = {"no_longer_told": {"campaigns": doubted}} if doubted else {}
                await self.run.flag(connection, STREAM, day, flags)
            if after is not None and after != before:
                await self.run.move(connection, STREAM, {"complete_to": after.isoformat()})
            await self._move(connection, behind)

    async def _record(self, connection: Connection, rows: list[AdDay]) -> None:
        if rows:
            run = self.run
            said = await record_ad_performance(connection, run.tenant_id, rows, run.source.source_id, run.job.job_id)
            counts = {"new": said.new, "restated": said.restated, "unchanged": said.unchanged}
            left = {"told_by_another_source": len(said.refused)} if said.refused else {}
            run.job.count(counts | left)

    async def _move(self, connection: Connection, place: Place) -> None:
        stream = stream_of(self.run, is_ahead=self.is_ahead)
        await self.run.move(connection, stream, position_of(self.run, self.days, place))
        if self.is_ahead:
            # The sync's progress is that of its other days.
            await self.run.job.hold(connection)
        else:
            await self.run.job.progress(self._done(place), self.days.length, connection)

    def _done(self, place: Place) -> int:
        return (place.next_day - self.days.first).days
