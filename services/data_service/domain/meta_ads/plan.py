"""Estimating what reading a range of an ad account takes, and what of it Meta no longer has."""

from datetime import date, timedelta
from math import ceil

from services.data_service.domain.backfill.backfill_plan import BackfillPlan, Lost
from services.data_service.domain.meta_ads.due_days import oldest_day
from services.data_service.domain.meta_ads.place import CHUNKS
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.sources.meta_ads.account_reader import ROWS_PER_PAGE
from services.data_service.store.ads.ad_objects import count_ad_objects

# Rough: how long Meta takes for the report of a month, and for a page.
_REPORT_SECONDS = 20.0
_PAGE_SECONDS = 1.5
_LOOKS = 5
_DAY = timedelta(days=1)


async def plan(access: SourceAccess, first: date, last: date) -> BackfillPlan:
    """Estimate from the known campaigns, without any call.

    Days older than 37 months are lost and not requested.
    """
    oldest, today = oldest_day(access.today()), access.today()
    lost: list[Lost] = []
    if first < oldest:
        text = f"Meta keeps 37 months: what it had before {oldest} is lost for ever."
        lost.append(Lost(text, first, min(last, oldest - _DAY)))
    days = max((min(last, today) - max(first, oldest)).days + 1, 0)
    async with access.service.db.tenant(access.tenant_id) as connection:
        campaigns = await count_ad_objects(connection, access.tenant_id, access.source.source_id, "campaign")
    pieces = ceil(days / CHUNKS[0])
    pages = ceil(max(campaigns, 1) * days / ROWS_PER_PAGE) + pieces
    # Each piece requests the account and a report, and polls it.
    requests = pieces * (2 + _LOOKS) + pages
    seconds = pieces * _REPORT_SECONDS + pages * _PAGE_SECONDS
    return BackfillPlan(requests, seconds, CHUNKS[0], lost=tuple(lost))
