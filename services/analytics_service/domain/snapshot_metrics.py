"""The period that a snapshot covers, and the metrics that it saves."""

from calendar import day_name, monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from common.rounding import rounded
from services.analytics_service.domain.ratio import ratio
from services.analytics_service.store.campaigns import CampaignTotals
from services.analytics_service.store.day_range import DateRange

SnapshotType = Literal["daily", "weekly", "monthly"]
_TOP_CAMPAIGNS = 5
_WEEKDAYS = [name.lower() for name in day_name]


def period_of(kind: SnapshotType, day: date, week_start: str) -> DateRange:
    """Return the day, week or month that contains `day`; weeks begin on the weekday `week_start` (as `monday`)."""
    if kind == "daily":
        return DateRange(day, day)
    if kind == "weekly":
        start = day - timedelta(days=(day.weekday() - _WEEKDAYS.index(week_start)) % 7)
        return DateRange(start, start + timedelta(days=6))
    return DateRange(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def snapshot_metrics(campaigns: Sequence[CampaignTotals]) -> dict[str, Any]:
    """Return total spend, revenue, contracts and ROI, and the five campaigns with the most revenue."""
    spend = sum((Fraction(campaign.spend) for campaign in campaigns), Fraction(0))
    revenue = sum((Fraction(campaign.revenue) for campaign in campaigns), Fraction(0))
    named = [campaign for campaign in campaigns if campaign.campaign_name is not None and campaign.revenue > 0]
    named.sort(
        key=lambda campaign: (
            -campaign.revenue,
            campaign.spend,
            campaign.platform,
            campaign.campaign_name,
            campaign.campaign_ref,
        )
    )
    return {
        "total_spend": rounded(spend),
        "total_revenue": rounded(revenue),
        "total_conversions": sum(campaign.contracts for campaign in campaigns),
        "average_roi": _roi(revenue, spend),
        "top_performing_campaigns": [_campaign(campaign) for campaign in named[:_TOP_CAMPAIGNS]],
    }


def _campaign(campaign: CampaignTotals) -> dict[str, Any]:
    return {
        "platform": campaign.platform,
        "campaign_name": campaign.campaign_name,
        "leads": campaign.leads,
        "conversions": campaign.contracts,
        "revenue": rounded(campaign.revenue),
        "spend": rounded(campaign.spend),
        "roi": _roi(Fraction(campaign.revenue), Fraction(campaign.spend)),
    }


def _roi(revenue: Fraction, spend: Fraction) -> Decimal:
    return ratio(100 * (revenue - spend), spend)
