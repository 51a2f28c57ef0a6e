"""Budget recommendations: which campaigns to pause, to scale or to leave as they are (definitions.md)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Any, Literal, NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.lead_rate import LeadRate, lead_rates
from services.analytics_service.domain.ratio import ratio
from services.analytics_service.store.campaigns import CampaignTotals

ACTIONS = ("pause", "scale", "monitor")
SURE = 0.9
MARGIN = 1.3
# Reasons never show a probability of 100 %.
_MAX_SHOWN_PERCENT = 99
# The quantiles that bound the 80 % interval of the leads that the same spend brings.
_LOW, _HIGH = 0.1, 0.9
# If this many times the present spend would not give certainty, no needed spend is given.
_MAX_TIMES = 1024


# Why a campaign's budget is left as it is: its return contradicts its cost per lead, that cost is too uncertain, it is
# close to the platform's, the platform has no leads to compare with, or the campaign only spent on days that are too
# young (await_contracts.py).
HeldBy = Literal["return", "certainty", "cost", "leads", "days"]


class _Platform(NamedTuple):
    """The totals of a platform, including its leads without a campaign."""

    name: str
    days: int
    leads: int
    revenue: Fraction
    spend: Fraction
    knows_contracts: bool


class _Verdict(NamedTuple):
    action: str
    confidence: float
    reason: str
    held_by: HeldBy | None = None
    # How many times the present spend and leads would give certainty; None: it is certain already, or never would be.
    times_needed: float | None = None


def recommend_budget(
    campaigns: Iterable[CampaignTotals], days: int, *, knows_contracts: bool = True
) -> list[dict[str, Any]]:
    """Return a recommendation for every campaign with spend: first pause, then scale, each by confidence, then spend.

    Args:
        campaigns: the totals of all campaigns, and of leads without a campaign, over the same days.
        days: the number of these days.
        knows_contracts: whether the tenant has contracts; without them, reasons say that the return is unknown.

    In the result, `confidence` is the probability of what `reason` says about the cost per lead: more than 1.3 times
    the platform's, less than the platform's / 1.3, or in between. `leads_low` and `leads_high` bound the leads that the
    same spend brings, at 80 %. `leads_needed` and `spend_needed` say how much would give certainty at the present cost
    per lead; they are given for campaigns whose leads are dearer or cheaper by the factor, but too few to be sure.
    """
    by_platform: dict[str, list[CampaignTotals]] = defaultdict(list)
    for campaign in campaigns:
        by_platform[campaign.platform].append(campaign)
    judged: list[_Judged] = []
    for rows in by_platform.values():
        judged += _judge(rows, days, knows_contracts=knows_contracts)
    return [_answer(campaign) for campaign in sorted(judged, key=_order)]


class _Judged(NamedTuple):
    campaign: CampaignTotals
    verdict: _Verdict
    rate: LeadRate
    platform: _Platform


def _order(judged: _Judged) -> tuple[Any, ...]:
    campaign, verdict = judged.campaign, judged.verdict
    return (
        ACTIONS.index(verdict.action),
        -verdict.confidence,
        -campaign.spend,
        campaign.platform,
        campaign.campaign_ref,
    )


def _judge(rows: list[CampaignTotals], days: int, *, knows_contracts: bool) -> list[_Judged]:
    """Judge all campaigns with spend of one platform."""
    platform = _Platform(
        rows[0].platform,
        days,
        sum(row.leads for row in rows),
        sum((Fraction(row.revenue) for row in rows), Fraction(0)),
        sum((Fraction(row.spend) for row in rows), Fraction(0)),
        knows_contracts,
    )
    campaigns = [row for row in rows if row.campaign_ref and row.spend > 0]
    if not campaigns:
        return []
    rates = zip(campaigns, lead_rates(campaigns), strict=True)
    return [_Judged(row, _verdict(row, platform, rate), rate, platform) for row, rate in rates]


def _verdict(campaign: CampaignTotals, platform: _Platform, rate: LeadRate) -> _Verdict:
    summary = _summary_sentences(campaign, platform)
    if platform.leads <= 0 or platform.spend <= 0:
        return _Verdict("monitor", 0, f"{summary} There is no cost per lead to compare with.", "leads")
    usual = platform.leads / float(platform.spend)
    dear, cheap = rate.below(usual / MARGIN), rate.above(usual * MARGIN)
    roas, usual_roas = (Fraction(totals.revenue) / Fraction(totals.spend) for totals in (campaign, platform))
    return_clause = _return_clause(roas, usual_roas, platform)
    for action, probability, cost, agrees in (
        ("pause", dear, f"over {MARGIN} times as much", roas <= usual_roas),
        ("scale", cheap, f"less than 1/{MARGIN} of that", roas >= usual_roas),
    ):
        if probability >= SURE:
            sure = f"{summary} With a probability of {_percent(probability)} this campaign's leads cost {cost}"
            if agrees:
                return _Verdict(action, probability, f"{sure}, and {return_clause}.")
            reason = f"{sure}, but {return_clause}: no reason to {action} it."
            return _Verdict("monitor", probability, reason, "return")
    between = max(0.0, 1 - dear - cheap)
    unsure = (
        f"With a probability of {_percent(between)} this campaign's leads cost about as much (within a factor of"
        f" {MARGIN}), of {_percent(dear)} more, of {_percent(cheap)} less. To pause or scale it,"
        f" {_percent(SURE)} for more or for less is needed; {return_clause}."
    )
    held_by = _held_by(campaign, usual, roas - usual_roas)
    times = _times_needed(campaign, rate, usual) if held_by == "certainty" else None
    return _Verdict("monitor", between, f"{summary} {unsure}", held_by, times)


def _held_by(campaign: CampaignTotals, usual: float, roas_above: Fraction) -> HeldBy:
    expected = usual * float(campaign.spend)
    if campaign.leads * MARGIN < expected:
        return "return" if roas_above > 0 else "certainty"
    if campaign.leads > expected * MARGIN:
        return "return" if roas_above < 0 else "certainty"
    return "cost"


def _times_needed(campaign: CampaignTotals, rate: LeadRate, usual: float) -> float | None:
    """Return how many times the present spend and leads would make it certain that its leads are dearer or cheaper."""
    is_dear = campaign.leads < usual * float(campaign.spend)
    sure = partial(LeadRate.below, rate=usual / MARGIN) if is_dear else partial(LeadRate.above, rate=usual * MARGIN)

    def is_enough(times: float) -> bool:
        more = times - 1
        return sure(rate.after(more * campaign.leads, more * float(campaign.spend))) >= SURE

    low, high = 1.0, 2.0
    while not is_enough(high):
        low, high = high, 2 * high
        if high > _MAX_TIMES:
            return None
    while high - low > low / _MAX_TIMES:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _summary_sentences(campaign: CampaignTotals, platform: _Platform) -> str:
    """Return the campaign's leads, contracts, days and spend in words, and the platform's cost per lead."""
    brought = _counted(campaign.leads, "lead")
    if platform.knows_contracts:
        brought += f" and {_counted(campaign.contracts, 'contract')}"
    cost = f": {ratio(campaign.spend, campaign.leads)} a lead" if campaign.leads else ""
    comparison = (
        f"On all of {platform.name} a lead costs {ratio(platform.spend, platform.leads)}."
        if platform.leads
        else f"All of {platform.name} has no lead for {rounded(platform.spend)}."
    )
    return f"{brought} in {_counted(platform.days, 'day')} for {rounded(campaign.spend)}{cost}. {comparison}"


def _return_clause(roas: Fraction, usual: Fraction, platform: _Platform) -> str:
    if not platform.knows_contracts:
        return "its return is unknown, since no contracts are recorded"
    shown, usual_shown = rounded(roas), rounded(usual)
    if roas == usual:
        return f"its ROAS, {shown}, is that of all of {platform.name}"
    position = "just " * (shown == usual_shown) + ("above" if roas > usual else "below")
    return f"its ROAS, {shown}, is {position} the {usual_shown} of all of {platform.name}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _percent(probability: float) -> str:
    """Return whole percents. Rounding never reaches the threshold from below, and never reaches 100 %."""
    percents = round(100 * probability)
    if probability < SURE:
        return f"{min(percents, 89)} %"
    return f"{percents} %" if percents <= _MAX_SHOWN_PERCENT else f"over {_MAX_SHOWN_PERCENT} %"


def _answer(judged: _Judged) -> dict[str, Any]:
    campaign, verdict, rate, platform = judged
    spend, times = float(campaign.spend), verdict.times_needed
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
        "held_by": verdict.held_by,
        "campaign_ref": campaign.campaign_ref,
        "days": platform.days,
        "cpl_usual": ratio(platform.spend, platform.leads),
        "roas_usual": ratio(platform.revenue, platform.spend),
        "leads_low": rounded(Decimal(rate.quantile(_LOW) * spend)),
        "leads_high": rounded(Decimal(rate.quantile(_HIGH) * spend)),
        "leads_needed": None if times is None else ceil(times * campaign.leads) or None,
        "spend_needed": None if times is None else rounded(Decimal(times * spend)),
    }
