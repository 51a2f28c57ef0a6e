"""What campaigns had, out of a file: their days, and the campaigns themselves."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.db import Connection
from services.data_service.store.ads.ad_performance import TOLD_BY_A_SOURCE, AdDay, RecordedAds, record_ad_performance
from services.data_service.store.ads.ad_row import AdRow
from services.data_service.store.ads.campaigns import PlatformCampaign, keep_in_step
from services.data_service.store.files.rejected_line import RejectedLine


async def record_ads(
    connection: Connection, tenant_id: UUID, rows: Sequence[AdRow]
) -> tuple[RecordedAds, list[RejectedLine]]:
    """Put them in, and make the campaigns they are of; gives the lines of days that a connected source tells of."""
    recorded = await record_ad_performance(connection, tenant_id, [_day(row) for row in rows], source_id=None)
    campaigns = {(row.platform, row.account_id, row.campaign_id): row for row in rows}
    await keep_in_step(connection, tenant_id, [_campaign(row) for row in campaigns.values()], source_id=None)
    lines = [line for place in recorded.refused for line in rows[place].lines]
    return recorded, [line.rejected(TOLD_BY_A_SOURCE) for line in lines]


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
