"""Campaigns that cannot be judged yet, because all of their spend is younger than the conversion lag."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from common.rounding import rounded
from services.analytics_service.domain.ratio import ratio
from services.analytics_service.domain.recommend_budget import HeldBy
from services.analytics_service.store.campaigns import CampaignTotals

_HELD_BY: Final[HeldBy] = "days"


def await_contracts(
    young: Iterable[CampaignTotals],
    mature: Iterable[CampaignTotals],
    judged: Sequence[dict[str, Any]],
    days: int,
    lag: int,
) -> list[dict[str, Any]]:
    """Return a row like a recommendation for each campaign with spend on young days that is not judged yet, by spend.

    Args:
        young: the totals of the days younger than the conversion lag.
        mature: the totals of the older days. As in recommendations, the rows' figures are theirs: mostly zeros.
        judged: the recommendations, whose campaigns are left out.
        days: the number of the older days.
        lag: the conversion lag in days.
    """
    judged_campaigns = {(row["platform"], row["campaign_ref"]) for row in judged}
    usual = {row["platform"]: (row["cpl_usual"], row["roas_usual"]) for row in judged}
    mature_totals = {(campaign.platform, campaign.campaign_ref): campaign for campaign in mature}
    rows = list[dict[str, Any]]()
    for campaign in sorted(young, key=lambda campaign: (-campaign.spend, campaign.platform, campaign.campaign_ref)):
        key = (campaign.platform, campaign.campaign_ref)
        if not campaign.campaign_ref or campaign.spend <= 0 or key in judged_campaigns:
            continue
        figures = mature_totals.get(key, campaign._replace(leads=0, contracts=0, revenue=Decimal(0), spend=Decimal(0)))
        cpl_usual, roas_usual = usual.get(campaign.platform, (Decimal(0), Decimal(0)))
        rows.append(
            {
                "action": "monitor",
                "platform": campaign.platform,
                "campaign_name": campaign.campaign_name,
                "leads_cur": figures.leads,
                "spend_cur": rounded(figures.spend),
                "cpl_cur": ratio(figures.spend, figures.leads),
                "roas_cur": ratio(figures.revenue, figures.spend),
                "contracts_cur": figures.contracts,
                "confidence": Decimal(0),
                "reason": _reason(campaign, lag),
                "held_by": _HELD_BY,
                "campaign_ref": campaign.campaign_ref,
                "days": days,
                "cpl_usual": cpl_usual,
                "roas_usual": roas_usual,
                "leads_low": Decimal(0),
                "leads_high": Decimal(0),
                "leads_needed": None,
                "spend_needed": None,
            }
        )
    return rows


def _reason(campaign: CampaignTotals, lag: int) -> str:
    return (
        f"It spent {rounded(campaign.spend)} in the range, all of it less than {lag} days ago. Most contracts are"
        f" signed within {lag} days, so it can be judged once days with spend are {lag} days old."
    )
