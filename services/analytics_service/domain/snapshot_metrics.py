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
    spend = sum((Fraction(one.spend) for one in campaigns), Fraction(0))
    revenue = sum((Fraction(one.revenue) for one in campaigns), Fraction(0))
    named = [one for one in campaigns if one.campaign_name is not None and one.revenue > 0]
    named.sort(key=lambda one: (-one.revenue, one.spend, one.platform, one.campaign_name, one.campaign_ref))
    return {
        "total_spend": rounded(spend),
        "total_revenue": rounded(revenue),
        "total_conversions": sum(one.contracts for one in campaigns),
        "average_roi": _roi(revenue, spend),
        "top_performing_campaigns": [_campaign(one) for one in named[:_TOP_CAMPAIGNS]],
    }


def _campaign(one: CampaignTotals) -> dict[str, Any]:
    return {
        "platform": one.platform,
        "campaign_name": one.campaign_name,
        "leads": one.leads,
        "conversions": one.contracts,
        "revenue": rounded(one.revenue),
        "spend": rounded(one.spend),
        "roi": _roi(Fraction(one.revenue), Fraction(one.spend)),
    }


def _roi(revenue: Fraction, spend: Fraction) -> Decimal:
    return ratio(100 * (revenue - spend), spend)
