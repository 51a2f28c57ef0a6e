"""Campaigns that cannot be judged yet: their spend is younger than contracts take."""

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
    """A row like a recommendation's for each campaign with spend on the `young` days that is not judged, by spend.

    Its figures are of the `days` days that are old enough (`mature`), as those of the others are: mostly zeros.
    """
    known = {(row["platform"], row["campaign_ref"]) for row in judged}
    usual = {row["platform"]: (row["cpl_usual"], row["roas_usual"]) for row in judged}
    old = {(one.platform, one.campaign_ref): one for one in mature}
    rows = list[dict[str, Any]]()
    for one in sorted(young, key=lambda one: (-one.spend, one.platform, one.campaign_ref)):
        key = (one.platform, one.campaign_ref)
        if not one.campaign_ref or one.spend <= 0 or key in known:
            continue
        figures = old.get(key, one._replace(leads=0, contracts=0, revenue=Decimal(0), spend=Decimal(0)))
        cpl_usual, roas_usual = usual.get(one.platform, (Decimal(0), Decimal(0)))
        rows.append(
            {
                "action": "monitor",
                "platform": one.platform,
                "campaign_name": one.campaign_name,
                "leads_cur": figures.leads,
                "spend_cur": rounded(figures.spend),
                "cpl_cur": ratio(figures.spend, figures.leads),
                "roas_cur": ratio(figures.revenue, figures.spend),
                "contracts_cur": figures.contracts,
                "confidence": Decimal(0),
                "reason": _reason(one, lag),
                "held_by": _HELD_BY,
                "campaign_ref": one.campaign_ref,
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
        f"{rounded(campaign.spend)} was spent on days that are younger than {lag} days, within which most contracts are"
        f" signed, and nothing on older ones: it is judged once days with spend are {lag} days old."
    )
