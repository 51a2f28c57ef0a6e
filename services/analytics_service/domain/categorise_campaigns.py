"""The performance categories of campaigns with contracts (definitions.md)."""

from collections.abc import Iterable
from fractions import Fraction
from statistics import median
from typing import Any, NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.ratio import percent, ratio
from services.analytics_service.store.campaigns import CampaignTotals

CATEGORIES = ("high_performer", "medium_performer", "volume_driver", "needs_attention")


class _Medians(NamedTuple):
    rate: Fraction
    revenue: Fraction
    leads: Fraction


def categorise_campaigns(campaigns: Iterable[CampaignTotals], platforms: list[str] | None) -> list[dict[str, Any]]:
    """Return the campaigns with contracts, by category, then revenue, contracts and campaign.

    `platforms` limits the result (None: all). `campaigns` must have those of all platforms, because the medians are the
    whole tenant's.
    """
    with_contracts = [campaign for campaign in campaigns if campaign.campaign_ref and campaign.contracts]
    if not with_contracts:
        return []
    medians = _Medians(
        median(map(_rate, with_contracts)),
        median(Fraction(campaign.revenue) for campaign in with_contracts),
        median(Fraction(campaign.leads) for campaign in with_contracts),
    )
    ranked = [
        (CATEGORIES.index(_category(campaign, medians)), campaign)
        for campaign in with_contracts
        if platforms is None or campaign.platform in platforms
    ]
    ranked.sort(key=_order)
    return [_answer(CATEGORIES[category], campaign) for category, campaign in ranked]


def _order(ranked: tuple[int, CampaignTotals]) -> tuple[Any, ...]:
    category, campaign = ranked
    return category, -campaign.revenue, -campaign.contracts, campaign.platform, campaign.campaign_ref


def _category(campaign: CampaignTotals, medians: _Medians) -> str:
    if _rate(campaign) >= medians.rate:
        return "high_performer" if Fraction(campaign.revenue) >= medians.revenue else "medium_performer"
    return "volume_driver" if campaign.leads >= medians.leads else "needs_attention"


def _rate(campaign: CampaignTotals) -> Fraction:
    return Fraction(campaign.contracts, campaign.leads) if campaign.leads else Fraction(0)


def _answer(category: str, campaign: CampaignTotals) -> dict[str, Any]:
    return {
        "performance_category": category,
        "platform": campaign.platform,
        "campaign_name": campaign.campaign_name,
        "leads": campaign.leads,
        "contracts": campaign.contracts,
        "revenue": rounded(campaign.revenue),
        "conversion_rate": percent(campaign.contracts, campaign.leads),
        "avg_contract_value": ratio(campaign.revenue, campaign.contracts),
    }
