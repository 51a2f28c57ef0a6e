"""What campaigns had, out of a file: their days, and the campaigns themselves."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.db import Connection
from services.data_service.store.ads.ad_performance import (
    OF_SEVERAL_ACCOUNTS,
    TOLD_BY_A_SOURCE,
    AdDay,
    RecordedAds,
    of_several_accounts,
    record_ad_performance,
)
from services.data_service.store.ads.ad_row import AdRow
from services.data_service.store.ads.campaigns import PlatformCampaign, keep_in_step
from services.data_service.store.files.rejected_line import RejectedLine


async def record_ads(
    connection: Connection, tenant_id: UUID, job_id: UUID | None, rows: Sequence[AdRow]
) -> tuple[RecordedAds, list[RejectedLine]]:
    """Put them in, and make the campaigns they are of; gives the lines of days that are refused."""
    refused = [(row, row.refusal) for row in rows if row.refusal]
    rows = [row for row in rows if not row.refusal]
    unclear = await of_several_accounts(connection, tenant_id, [_day(row) for row in rows])
    refused += [(rows[place], OF_SEVERAL_ACCOUNTS) for place in sorted(unclear)]
    rows = [row for place, row in enumerate(rows) if place not in unclear]

    recorded = await record_ad_performance(connection, tenant_id, [_day(row) for row in rows], None, job_id)
    refused += [(rows[place], TOLD_BY_A_SOURCE) for place in recorded.refused]
    # (of a campaign's rows the latest comes first)
    campaigns = {(row.platform, row.account_id, row.campaign_id): row for row in reversed(rows)}
    await keep_in_step(connection, tenant_id, [_campaign(row) for row in campaigns.values()], None, job_id)
    return recorded, [line.rejected(reason) for row, reason in refused for line in row.lines]


def _day(row: AdRow) -> AdDay:
    return AdDay(
        platform=row.platform,
        account_id=row.account_id,
        campaign_id=row.campaign_id,
        day=date.fromisoformat(row.day),
        campaign_name=row.campaign_name,
        impressions=row.impressions,
        clicks=row.clicks,
        spend=row.spend,
        conversions=row.conversions,
        revenue=row.revenue,
        currency=row.currency or None,
        extra=dict(row.extra) or None,
    )


def _campaign(row: AdRow) -> PlatformCampaign:
    """A file says what a campaign is called; that it runs is taken of a new one only."""
    return PlatformCampaign(
        platform=row.platform,
        account_id=row.account_id,
        external_id=row.campaign_id,
        name=row.campaign_name,
        status="active",
        budget=None,
        start_date=None,
        end_date=None,
        settings={},
        named_on=date.fromisoformat(row.day),
    )
