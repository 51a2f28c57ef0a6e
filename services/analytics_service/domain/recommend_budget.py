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
_MOST_SURE = 99
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
        knows_contracts: whether the tenant has contracts; without them, reasons do not mention returns.

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


def _verdict(campaign: CampaignTotals, whole: _Platform, rate: LeadRate) -> _Verdict:
    told = _told(campaign, whole)
    if whole.leads <= 0 or whole.spend <= 0:
        return _Verdict("monitor", 0, f"{told} There is no cost of a lead to compare with.", "leads")
    usual = whole.leads / float(whole.spend)
    dear, cheap = rate.below(usual / MARGIN), rate.above(usual * MARGIN)
    roas, usual_roas = (Fraction(one.revenue) / Fraction(one.spend) for one in (campaign, whole))
    returned = _returned(roas, usual_roas, whole)
    for action, sure, how, holds in (
        ("pause", dear, f"over {MARGIN} times as much", roas <= usual_roas),
        ("scale", cheap, f"less than 1/{MARGIN} of that", roas >= usual_roas),
    ):
        if sure >= SURE:
            costs = f"{told} With a probability of {_percent(sure)} this campaign's leads cost {how}"
            if holds:
                return _Verdict(action, sure, f"{costs}, and {returned}.")
            return _Verdict("monitor", sure, f"{costs}, but {returned}: no reason to {action} it.", "return")
    between = max(0.0, 1 - dear - cheap)
    unsure = (
        f"With a probability of {_percent(between)} this campaign's leads cost about as much (within a factor of"
        f" {MARGIN}), of {_percent(dear)} more, of {_percent(cheap)} less. To pause or to scale it,"
        f" {_percent(SURE)} for more or for less are needed; {returned}."
    )
    held_by = _held_by(campaign, usual, roas - usual_roas)
    times = _times_needed(campaign, rate, usual) if held_by == "certainty" else None
    return _Verdict("monitor", between, f"{told} {unsure}", held_by, times)


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


def _told(campaign: CampaignTotals, whole: _Platform) -> str:
    """What is known: how many leads and contracts in how many days, and what they cost."""
    brought = _counted(campaign.leads, "lead")
    if whole.knows_contracts:
        brought += f" and {_counted(campaign.contracts, 'contract')}"
    cost = f": {ratio(campaign.spend, campaign.leads)} a lead" if campaign.leads else ""
    there = (
        f"On all of {whole.name} a lead costs {ratio(whole.spend, whole.leads)}."
        if whole.leads
        else f"All of {whole.name} has no lead for {rounded(whole.spend)}."
    )
    return f"{brought} in {_counted(whole.days, 'day')} for {rounded(campaign.spend)}{cost}. {there}"


def _returned(roas: Fraction, usual: Fraction, whole: _Platform) -> str:
    if not whole.knows_contracts:
        return "its return is unknown, since no contracts are recorded"
    shown, shown_there = rounded(roas), rounded(usual)
    if roas == usual:
        return f"its ROAS, {shown}, is that of all of {whole.name}"
    how = "just " * (shown == shown_there) + ("above" if roas > usual else "below")
    return f"its ROAS, {shown}, is {how} the {shown_there} of all of {whole.name}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _percent(probability: float) -> str:
    """Whole percents; what is not sure enough is not rounded to what is, and nothing to a certainty."""
    percents = round(100 * probability)
    if probability < SURE:
        return f"{min(percents, 89)} %"
    return f"{percents} %" if percents <= _MOST_SURE else f"over {_MOST_SURE} %"


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
