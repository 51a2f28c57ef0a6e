"""What linked Google Ads campaigns cost, by day: advertiserAdCost, its clicks and impressions."""

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
# What says with a day, and of a job, that another source has campaigns' days that this one tells of too.
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
    """What is asked for."""
    return Report(ADS, tuple(_COLUMNS.values()), _METRICS, *days)


class _Told(NamedTuple):
    """The rows that belong to a campaign, how many made no sense, and whether others are lumped together."""

    rows: list[AdDay]
    rejected: int
    is_lumped: bool


async def put_in_ads(
    run: SyncRun, connection: Connection, report: WholeReport, days: tuple[date, date], today: date
) -> None:
    """Put the days' campaigns into ad_performance and keep the campaigns in step.

    A campaign that is told no more had nothing; on a settled day it is lost there and stays here.
    """
    told = _told(report)
    flags = {"other_row": {}} | report.flags if told.is_lumped else report.flags
    # (a row that was left out, or makes no sense, is no campaign that had nothing)
    is_whole = not (told.rejected or told.is_lumped or "thresholded" in flags)
    untold = await _untold(run, connection, told.rows, days) if is_whole else []
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


async def _untold(run: SyncRun, connection: Connection, rows: list[AdDay], days: tuple[date, date]) -> list[AdDay]:
    """Days of campaigns that had something when they were told before, and are told no more."""
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
    """Note what Google says of the days, and with those of which campaigns stay how many stand and are told."""
    told = Counter(row.day for row in rows)
    lost = {
        day: {"kept": {"campaigns": untold + told[day]}, "told": {"campaigns": told[day]}}
        for day, untold in kept.items()
    }
    await flag_days(run, connection, ADS, days, flags, lost)
    for day in lost.keys() & told.keys():
        await run.flag_too(connection, ADS, day, flags)


def _told(report: WholeReport) -> _Told:
    """Campaigns' days; one that goes by two names on a day, or whose account is written in two ways, is added up."""
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
    return _Told([*rows.values()], rejected, is_lumped)


def _added(one: AdDay, more: AdDay) -> AdDay:
    """Both in one, by the name of the second."""
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
        # A session of a campaign that had no ad on that day: its click was earlier.
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
    """Make the campaigns that are new and rename those that were: GA4 tells neither status nor budget nor dates."""
    latest = {(row.account_id, row.campaign_id): row for row in sorted(rows, key=lambda row: row.day)}
    kept = await kept_campaigns(connection, run.tenant_id, _PLATFORM, [row.campaign_id for row in rows])
    new = PlatformCampaign(_PLATFORM, "", "", "", "active", None, None, None, {})
    campaigns = [
        kept.get(key, new)._replace(account_id=key[0], external_id=key[1], name=row.campaign_name)
        for key, row in latest.items()
    ]
    await keep_in_step(connection, run.tenant_id, campaigns, run.source.source_id, run.job.job_id)
