"""Which campaigns to pause, which to scale, which to leave (definitions.md)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.lead_rate import LeadRate, lead_rates
from services.analytics_service.domain.ratio import ratio
from services.analytics_service.store.campaigns import CampaignTotals

ACTIONS = ("pause", "scale", "monitor")
SURE = 0.9
MARGIN = 1.3


class _Platform(NamedTuple):
    """All of a platform, its leads of no campaign too."""

    leads: int
    revenue: Decimal
    spend: Decimal


class _Verdict(NamedTuple):
    action: str
    confidence: float
    reason: str


def recommend_budget(campaigns: Iterable[CampaignTotals]) -> list[dict[str, Any]]:
    """A recommendation for every campaign with spend: to pause first, to scale next, each by confidence, then spend.

    `confidence` is how probable it is that a lead costs more than 1.3 times the platform's (`pause`), less than the
    platform's by that (`scale`), or in between (`monitor`).
    """
    by_platform: dict[str, list[CampaignTotals]] = defaultdict(list)
    for campaign in campaigns:
        by_platform[campaign.platform].append(campaign)
    judged = [pair for rows in by_platform.values() for pair in _judged(rows)]
    judged.sort(
        key=lambda one: (
            ACTIONS.index(one[1].action),
            -one[1].confidence,
            -one[0].spend,
            one[0].platform,
            one[0].campaign_ref,
        )
    )
    return [_described(campaign, verdict) for campaign, verdict in judged]


def _judged(rows: list[CampaignTotals]) -> list[tuple[CampaignTotals, _Verdict]]:
    whole = _Platform(
        sum(row.leads for row in rows),
        sum((row.revenue for row in rows), Decimal(0)),
        sum((row.spend for row in rows), Decimal(0)),
    )
    campaigns = [row for row in rows if row.campaign_ref and row.spend > 0]
    if not campaigns:
        return []
    return [(row, _verdict(row, whole, rate)) for row, rate in zip(campaigns, lead_rates(campaigns), strict=True)]


def _verdict(campaign: CampaignTotals, whole: _Platform, rate: LeadRate) -> _Verdict:
    if whole.leads <= 0 or whole.spend <= 0:
        return _Verdict("monitor", 0, f"{campaign.platform} has no cost of a lead in these days to compare with.")
    usual = whole.leads / float(whole.spend)
    dear, cheap = rate.below(usual / MARGIN), rate.above(usual * MARGIN)
    roas, usual_roas = (Fraction(one.revenue) / Fraction(one.spend) for one in (campaign, whole))
    if dear >= SURE and roas <= usual_roas:
        return _Verdict("pause", dear, _reason(campaign, whole, dear, "more than 1.3 times as much as usual"))
    if cheap >= SURE and roas >= usual_roas:
        return _Verdict("scale", cheap, _reason(campaign, whole, cheap, "less than usual by a factor of 1.3"))
    between = max(0.0, 1 - dear - cheap)
    return _Verdict("monitor", between, _reason(campaign, whole, between, "about as much as usual"))


def _reason(campaign: CampaignTotals, whole: _Platform, probability: float, what: str) -> str:
    cost = (
        f"A lead costs {ratio(campaign.spend, campaign.leads)}"
        if campaign.leads
        else f"{rounded(campaign.spend)} brought no lead"
    )
    there = f"on {campaign.platform}"
    return (
        f"{cost}, {there} {ratio(whole.spend, whole.leads)}: {what} with a probability of {100 * probability:.0f} %; "
        f"ROAS is {ratio(campaign.revenue, campaign.spend)}, {there} {ratio(whole.revenue, whole.spend)}."
    )


def _described(campaign: CampaignTotals, verdict: _Verdict) -> dict[str, Any]:
    return {
        "action": verdict.action,
        "platform": campaign.platform,
        "campaign_name": campaign.campaign_name,
        "leads_cur": campaign.leads,
        "spend_cur": rounded(campaign.spend),
        "cpl_cur": ratio(campaign.spend, campaign.leads),
        "roas_cur": ratio(campaign.revenue, campaign.spend),
        "contracts_cur": campaign.contracts,
        "confidence": rounded(Decimal(verdict.confidence)),
        "reason": verdict.reason,
    }
