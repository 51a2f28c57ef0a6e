"""Reading yesterday and today first, before and while a report of many days is pending."""

from datetime import datetime, timedelta

from common.clock import now
from services.data_service.domain.meta_ads.account import Account
from services.data_service.domain.meta_ads.due_days import Days
from services.data_service.domain.meta_ads.read_insights import InsightsReading
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.sources.meta_ads.account_reader import AccountReader

_STREAM = "insights.today"
# As often as they are read when no report is pending.
EVERY = timedelta(minutes=15)


async def read_today_first(run: SyncRun, reader: AccountReader, account: Account) -> None:
    """Read the two days, unless this job has done so within the last quarter of an hour.

    Raises:
        VendorError, ToBeContinued: as for any days.
    """
    kept = await run.position(_STREAM)
    job_id, at = str(run.job.job_id), now()
    if kept and kept["job"] == job_id and at - datetime.fromisoformat(kept["read_at"]) < EVERY:
        return
    today = account.today()
    await InsightsReading(run, reader, account, Days(today - timedelta(days=1), today), is_ahead=True).read()
    async with run.transaction() as connection:
        await run.move(connection, _STREAM, {"job": job_id, "read_at": at.isoformat()})
