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

    name: str
    days: int
    leads: int
    revenue: Fraction
    spend: Fraction


class _Verdict(NamedTuple):
    action: str
    confidence: float
    reason: str


def recommend_budget(campaigns: Iterable[CampaignTotals], days: int) -> list[dict[str, Any]]:
    """A recommendation for every campaign with spend: to pause first, to scale next, each by confidence, then spend.

    `days` is how many days the sums are of. `confidence` is how probable what `reason` says of the cost of a lead is:
    that it is more than 1.3 times the platform's, less than the platform's by that, or in between.
    """
    by_platform: dict[str, list[CampaignTotals]] = defaultdict(list)
    for campaign in campaigns:
        by_platform[campaign.platform].append(campaign)
    judged = [pair for rows in by_platform.values() for pair in _judged(rows, days)]
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


def _judged(rows: list[CampaignTotals], days: int) -> list[tuple[CampaignTotals, _Verdict]]:
    whole = _Platform(
        rows[0].platform,
        days,
        sum(row.leads for row in rows),
        sum((Fraction(row.revenue) for row in rows), Fraction(0)),
        sum((Fraction(row.spend) for row in rows), Fraction(0)),
    )
    campaigns = [row for row in rows if row.campaign_ref and row.spend > 0]
    if not campaigns:
        return []
    return [(row, _verdict(row, whole, rate)) for row, rate in zip(campaigns, lead_rates(campaigns), strict=True)]


def _verdict(campaign: CampaignTotals, whole: _Platform, rate: LeadRate) -> _Verdict:
    told = _told(campaign, whole)
    if whole.leads <= 0 or whole.spend <= 0:
        return _Verdict("monitor", 0, f"{told} So there is no cost of a lead to compare with.")
    usual = whole.leads / float(whole.spend)
    dear, cheap = rate.below(usual / MARGIN), rate.above(usual * MARGIN)
    roas, usual_roas = (Fraction(one.revenue) / Fraction(one.spend) for one in (campaign, whole))
    returned = _returned(roas, usual_roas, whole.name)
    for action, sure, how, holds in (
        ("pause", dear, f"more than {MARGIN} times as much as", roas <= usual_roas),
        ("scale", cheap, f"less, by a factor of over {MARGIN}, than", roas >= usual_roas),
    ):
        if sure >= SURE:
            costs = f"{told} With a probability of {_percent(sure)} a lead costs {how} on {whole.name}"
            if holds:
                return _Verdict(action, sure, f"{costs}, and {returned}.")
            return _Verdict("monitor", sure, f"{costs}, but {returned}: it is not to be {action}d for that.")
    between = max(0.0, 1 - dear - cheap)
    unsure = (
        f"With a probability of {_percent(between)} a lead costs as much as on {whole.name} within a factor of"
        f" {MARGIN}, of {_percent(dear)} more, of {_percent(cheap)} less: {_percent(SURE)} for more or for less are"
        f" needed to pause or to scale. And {returned}."
    )
    return _Verdict("monitor", between, f"{told} {unsure}")


def _told(campaign: CampaignTotals, whole: _Platform) -> str:
    """What is known: how many leads and contracts in how many days, and what they cost."""
    brought = f"{_counted(campaign.leads, 'lead')} and {_counted(campaign.contracts, 'contract')}"
    cost = f"{ratio(campaign.spend, campaign.leads)} a lead" if campaign.leads else "no cost of a lead"
    there = f"{ratio(whole.spend, whole.leads)} a lead" if whole.leads else f"no lead for {rounded(whole.spend)}"
    return (
        f"{brought} in {_counted(whole.days, 'day')} for {rounded(campaign.spend)}: {cost},"
        f" on {whole.name} in all {there}."
    )


def _returned(roas: Fraction, usual: Fraction, platform: str) -> str:
    shown, shown_there = rounded(roas), rounded(usual)
    if roas == usual:
        return f"ROAS is {shown}, as on {platform} in all"
    how = "just " * (shown == shown_there) + ("above" if roas > usual else "below")
    return f"ROAS is {shown}, {how} the {shown_there} of {platform} in all"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _percent(probability: float) -> str:
    """Whole percents; what is not sure enough is not rounded to what is."""
    return f"{min(round(100 * probability), 89) if probability < SURE else round(100 * probability)} %"


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
