"""One sync of an ad account."""

from datetime import date, timedelta

from services.data_service.domain.meta_ads.account import PLATFORM, Account, read_account, reading_account
from services.data_service.domain.meta_ads.due_days import Days, due_days, oldest_day
from services.data_service.domain.meta_ads.keep_objects import keep_objects
from services.data_service.domain.meta_ads.read_insights import AT_ONCE, InsightsReading, complete_to
from services.data_service.domain.meta_ads.read_today import read_today_first
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.sources.meta_ads.account_reader import AccountReader
from services.data_service.store.ads.ad_accounts import keep_time_zone

_DAY = timedelta(days=1)
# The tenant's day on which the restated figures were last read, whether or not the objects were.
_NIGHT = "insights.night"


async def sync(run: SyncRun) -> None:
    """Read what is due, or only the requested days.

    Days that Meta no longer keeps are counted as `days_not_kept`.

    Raises:
        VendorError, ToBeContinued: what was read until then is stored, with the cursor.
    """
    async with reading_account(run) as reader:
        account = await read_account(reader)
        async with run.transaction() as connection:
            own = (PLATFORM, account.account_id, account.zone.key)
            await keep_time_zone(connection, run.tenant_id, *own, run.job.job_id)
        today = account.today()
        if run.days is not None:
            length = await _read_asked(run, reader, account, Days(*run.days), today)
        else:
            length = await _read_due(run, reader, account, today)
            # After the figures, which matter most if calls run out.
            await keep_objects(run, reader, account, whole_on=today if run.reads_window else None)
        await run.job.progress(length, length)


async def _read_asked(run: SyncRun, reader: AccountReader, account: Account, asked: Days, today: date) -> int:
    """Read the requested days as far as Meta has them; returns how many."""
    days = due_days(today, None, asked, reads_window=False)
    if days is not None:
        await InsightsReading(run, reader, account, days).read()
    lost = (min(asked.last + _DAY, oldest_day(today)) - asked.first).days
    run.job.count({"days_not_kept": lost} if lost > 0 else {})
    return days.length if days else 0


async def _read_due(run: SyncRun, reader: AccountReader, account: Account, today: date) -> int:
    """Read what is due, yesterday and today first if the rest needs a report; returns how many days."""
    night = run.today()
    nights = [run.source.window_read_on, await _figures_of_night(run)]
    last_night = max((day for day in nights if day is not None), default=None)
    is_night = run.reads_window and last_night != night
    days = due_days(today, await complete_to(run), None, reads_window=is_night, window_read_on=last_night)
    assert days is not None  # noqa: S101 -- today is always due
    if days.length > AT_ONCE:
        await read_today_first(run, reader, account)
    await InsightsReading(run, reader, account, days).read()
    if is_night:
        async with run.transaction() as connection:
            await run.move(connection, _NIGHT, {"read_on": night.isoformat()})
    return days.length


async def _figures_of_night(run: SyncRun) -> date | None:
    kept = await run.position(_NIGHT)
    return date.fromisoformat(kept["read_on"]) if kept else None
