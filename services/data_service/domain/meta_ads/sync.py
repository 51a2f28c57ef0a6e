"""One sync of an ad account."""

from datetime import timedelta

from services.data_service.domain.meta_ads.account import read_account, reading_account
from services.data_service.domain.meta_ads.due_days import Days, due_days, oldest_day
from services.data_service.domain.meta_ads.keep_objects import keep_objects
from services.data_service.domain.meta_ads.read_insights import InsightsReading, complete_to
from services.data_service.domain.syncs.sync_run import SyncRun

_DAY = timedelta(days=1)


async def sync(run: SyncRun) -> None:
    """Read what is due, or the days that were asked for and nothing else.

    Days that Meta no longer keeps are counted as `days_not_kept`.

    Raises:
        VendorError, ToBeContinued: what was read until then is kept, and the cursor says how far that is.
    """
    async with reading_account(run) as reader:
        account = await read_account(reader)
        today = account.today()
        asked = None if run.days is None else Days(*run.days)
        days = due_days(
            *(today, await complete_to(run), asked),
            reads_window=run.reads_window,
            window_read_on=run.source.window_read_on,
        )
        if days is not None:
            await InsightsReading(run, reader, account, days).read()
        # (after the figures, which matter most where calls run out)
        if asked is not None:
            lost = (min(asked.last + _DAY, oldest_day(today)) - asked.first).days
            run.job.count({"days_not_kept": lost} if lost > 0 else {})
        else:
            await keep_objects(run, reader, account, whole=run.reads_window)
        await run.job.progress(days.length if days else 0, days.length if days else 0)
