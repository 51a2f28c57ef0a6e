"""Daily cost, clicks and impressions of linked Google Ads campaigns (advertiserAdCost …)."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from common.db import Connection
from services.data_service.domain.ads.ad_account import canonical_account
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.ga4.due_days import is_settled
from services.data_service.domain.ga4.flag_days import flag_days
from services.data_service.domain.ga4.read_reports import Flags, WholeReport
from services.data_service.domain.ga4.report_rows import OTHER_ROW, ReportRows, number_in
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.domain.values import id_of, text_of
from services.data_service.sources.ga4.report import Report
from services.data_service.store.ads.ad_performance import AdDay, record_ad_performance
from services.data_service.store.ads.campaigns import PlatformCampaign, keep_in_step
from services.data_service.store.ads.kept_campaigns import kept_campaigns
from services.data_service.store.ads.stored_ad_days import stored_ad_days

ADS: Final = "ads"
_PLATFORM: Final = "google"
# The flag of a day, and count of a job, for campaign days that another source has already.
_TOLD_BY_ANOTHER: Final = "told_by_another_source"
_NOTHING: Final = Decimal()
# Ads' metrics stand beside a campaign's dimensions only; key events and revenue are those of its sessions.
_COLUMNS: Final = {
    "date": "date",
    "account_id": "sessionGoogleAdsCustomerId",
    "campaign_id": "sessionGoogleAdsCampaignId",
    "campaign_name": "sessionGoogleAdsCampaignName",
}
_METRICS: Final = ("advertiserAdCost", "advertiserAdClicks", "advertiserAdImpressions", "keyEvents", "totalRevenue")


def ads_report(days: tuple[date, date]) -> Report:
    """The report request."""
    return Report(ADS, tuple(_COLUMNS.values()), _METRICS, *days)


class _Rows(NamedTuple):
    """The rows of campaigns, how many rows were unreadable, and whether GA4 merged some into "(other)"."""

    rows: list[AdDay]
    rejected: int
    is_lumped: bool


async def put_in_ads(
    run: SyncRun, connection: Connection, report: WholeReport, days: tuple[date, date], today: date
) -> None:
    """Store the days' campaigns in ad_performance and keep the campaigns in step.

    A campaign that is no longer reported had no figures; on a settled day Google has lost it, and ours stay.
    """
    told = _campaign_rows(report)
    flags = {"other_row": {}} | report.flags if told.is_lumped else report.flags
    # A row left out or unreadable does not mean that its campaign had no figures.
    is_whole = not (told.rejected or told.is_lumped or "thresholded" in flags)
    untold = await _unreported(run, connection, told.rows, days) if is_whole else []
    kept = Counter(row.day for row in untold if is_settled(row.day, today))
    gone = [
        row._replace(impressions=0, clicks=0, spend=_NOTHING, conversions=_NOTHING, revenue=_NOTHING)
        for row in untold
        if row.day not in kept
    ]
    said = [*told.rows, *gone]
    recorded = await record_ad_performance(connection, run.tenant_id, said, run.source.source_id, run.job.job_id)
    await _keep_campaigns(run, connection, told.rows)
    await _flag(run, connection, days, flags, told.rows, kept)
    for day, campaigns in Counter(said[place].day for place in recorded.refused).items():
        await run.flag_too(connection, ADS, day, {_TOLD_BY_ANOTHER: {"campaigns": campaigns}})
    run.job.count({"ad_performance": recorded.new, "restated_ad_days": recorded.restated})
    beside = {"rejected": told.rejected, "kept_older_ad_days": len(kept), _TOLD_BY_ANOTHER: len(recorded.refused)}
    run.job.count({name: count for name, count in beside.items() if count})


async def _unreported(run: SyncRun, connection: Connection, rows: list[AdDay], days: tuple[date, date]) -> list[AdDay]:
    """Days of campaigns that had stored figures and are no longer reported."""
    told = {(row.account_id, row.campaign_id, row.day) for row in rows}
    return [
        before
        for before in await stored_ad_days(connection, run.tenant_id, run.source.source_id, days)
        if (before.account_id, before.campaign_id, before.day) not in told
        and (before.impressions or before.clicks or before.spend)
    ]


async def _flag(
    run: SyncRun, connection: Connection, days: tuple[date, date], flags: Flags, rows: list[AdDay], kept: Counter[date]
) -> None:
    """Store Google's flags of the days, and for days that keep campaigns how many are stored and reported."""
    told = Counter(row.day for row in rows)
    lost = {
        day: {"kept": {"campaigns": untold + told[day]}, "told": {"campaigns": told[day]}}
        for day, untold in kept.items()
    }
    await flag_days(run, connection, ADS, days, flags, lost)
    for day in lost.keys() & told.keys():
        await run.flag_too(connection, ADS, day, flags)


def _campaign_rows(report: WholeReport) -> _Rows:
    """Campaigns' days; rows under two names, or two spellings of the account, are added up."""
    rows: dict[tuple[str, str, date], AdDay] = {}
    rejected = 0
    is_lumped = False
    for row in ReportRows((*_COLUMNS, *_METRICS), report.rows).by_column():
        if OTHER_ROW in (row["account_id"], row["campaign_id"]):
            is_lumped = True
            continue
        try:
            campaign_id = id_of(row["campaign_id"], "campaign_id")
            if campaign_id and (told := _ad_day(row, campaign_id, report.currency or None)):
                key = told.account_id, campaign_id, told.day
                rows[key] = _added(rows[key], told) if key in rows else told
        except Rejected:
            rejected += 1
    return _Rows([*rows.values()], rejected, is_lumped)


def _added(one: AdDay, more: AdDay) -> AdDay:
    """The sum of both, under the second's name."""
    return more._replace(
        impressions=one.impressions + more.impressions,
        clicks=one.clicks + more.clicks,
        spend=one.spend + more.spend,
        conversions=one.conversions + more.conversions,
        revenue=one.revenue + more.revenue,
    )


def _ad_day(row: dict[str, str], campaign_id: str, currency: str | None) -> AdDay | None:
    cost, clicks, impressions, conversions, revenue = (number_in(row[name], name) for name in _METRICS)
    if not (cost or clicks or impressions):
        # A session of a campaign without ads on that day: its click was earlier.
        return None
    try:
        day = datetime.strptime(row["date"], "%Y%m%d").date()  # noqa: DTZ007 -- a day, not an instant
    except ValueError:
        reason = f"date is not a day: {row['date'][:20]!r}"
        raise Rejected(reason, "date") from None
    return AdDay(
        platform=_PLATFORM,
        account_id=canonical_account(id_of(row["account_id"], "account_id")),
        campaign_id=campaign_id,
        day=day,
        campaign_name=text_of(row["campaign_name"], "campaign_name") or campaign_id,
        impressions=int(impressions),
        clicks=int(clicks),
        spend=cost,
        conversions=conversions,
        revenue=revenue,
        currency=currency,
        extra=None,
    )


async def _keep_campaigns(run: SyncRun, connection: Connection, rows: list[AdDay]) -> None:
    """Create new campaigns and rename known ones: GA4 reports neither status nor budget nor dates."""
    latest = {(row.account_id, row.campaign_id): row for row in sorted(rows, key=lambda row: row.day)}
    kept = await kept_campaigns(connection, run.tenant_id, _PLATFORM, [row.campaign_id for row in rows])
    new = PlatformCampaign(_PLATFORM, "", "", "", "active", None, None, None, {})
    campaigns = [
        kept.get(key, new)._replace(account_id=key[0], external_id=key[1], name=row.campaign_name)
        for key, row in latest.items()
    ]
    await keep_in_step(connection, run.tenant_id, campaigns, run.source.source_id, run.job.job_id)
