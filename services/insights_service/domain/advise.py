"""Turn budget advice into recommendations: the size of the next step, its expected effect, and what data is missing.

The analytics service decides which campaigns to pause, to scale or to leave (docs/definitions.md).
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from common.rounding import rounded
from services.insights_service.domain.evidence.shapes import BudgetAdvice as Evidence
from services.insights_service.domain.evidence.shapes import Missing, Point, Range, Window
from services.insights_service.domain.evidence.written import at, encode_evidence
from services.insights_service.domain.words.country_language import language_of
from services.insights_service.domain.words.describe import describe
from services.insights_service.domain.words.ended import advice_ended
from services.insights_service.sources.analytics_api import BudgetAdvice
from services.insights_service.store.alert_settings import AlertSettings
from services.insights_service.store.campaign_days import CampaignDay, CampaignDays
from services.insights_service.store.finding import Findings, Found, Severity
from services.insights_service.store.tenants import Tenant

# The largest change of the present daily spend in one step. Past spend does not say what a larger step would bring.
MOST_STEP_PCT: Final = 20
# Pausing means to take away the whole budget in the end.
_PAUSE_PCT: Final = -100
_RULES: Final = {action: f"budget.{action}" for action in ("pause", "scale", "monitor")}
# A campaign is judged from this many days with spend: fewer do not cover each weekday.
_FEWEST_DAYS: Final = 7
# Severity by the share of the company's spend.
_HIGH_PCT, _MEDIUM_PCT = 10, 3
_DAYS_OF_WEEK: Final = 7
_SOURCE: Final = "GET /api/analytics/sales/v6/reco/budget"


def advise(advice: Sequence[BudgetAdvice], days: CampaignDays, tenant: Tenant, settings: AlertSettings) -> Findings:
    """Make a recommendation for each campaign that still spends.

    Campaigns to leave as they are, and those of little impact, get one that is not shown. Impact is what a week's
    leads cost more, or less, than the same number of leads on the whole platform.
    """
    # A spend that rounds to 0 leaves no budget to move, unless the campaign's days are only too young to be judged.
    spent = [
        campaign for campaign in _with_known_returns(advice) if campaign.spend_cur > 0 or campaign.held_by == "days"
    ]
    total_spend = sum(
        (Fraction(campaign.spend_cur) / campaign.days for campaign in spent if campaign.days), Fraction(0)
    )
    found = [
        _recommendation(
            campaign, days.get((campaign.platform, campaign.campaign_ref), ()), tenant, total_spend, settings
        )
        for campaign in spent
        if campaign.daily_spend is None or campaign.daily_spend > 0
    ]
    return Findings(found, list(_RULES.values()), advice_ended(_language_of(tenant)))


def _recommendation(
    advice: BudgetAdvice, days: Sequence[CampaignDay], tenant: Tenant, total_spend: Fraction, settings: AlertSettings
) -> Found:
    """Recommend what `advice` says about one campaign; `total_spend` is what all campaigns spend a day."""
    days_with_spend = sum(day.spend > 0 for day in days)
    is_new = 0 < days_with_spend < _FEWEST_DAYS or advice.held_by == "days"
    campaign = msgspec.structs.replace(advice, action="monitor") if is_new else advice
    rule = _RULES[campaign.action]
    excess_cost, impact_pct = _impact(campaign, total_spend)
    missing = Missing(have=days_with_spend, need=_FEWEST_DAYS, what="days") if is_new else _missing(campaign)
    evidence = _evidence(campaign, days, missing, tenant.currency)
    language = _language_of(tenant)
    words = describe(evidence, language, tenant.currency, tenant.time_zone)
    return Found(
        insight_type="recommendation",
        rule=rule,
        cause=f"{rule}:{_digest(campaign)}",
        severity="low" if campaign.action == "monitor" else _severity(impact_pct),
        metric="cpl",
        channel=campaign.platform,
        title=words.title,
        description=words.description,
        language=language,
        evidence=msgspec.Raw(encode_evidence(evidence)),
        impact=rounded(excess_cost * _DAYS_OF_WEEK),
        impact_pct=impact_pct,
        score=campaign.confidence,
        is_shown=campaign.action != "monitor" and impact_pct >= settings.least_impact_pct,
        shown_to=[
            recipient.account_id
            for recipient in settings.recipients
            if campaign.action != "monitor" and impact_pct >= recipient.least_impact_pct
        ],
    )


def _impact(campaign: BudgetAdvice, total_spend: Fraction) -> tuple[Fraction, Decimal]:
    """Return a day's cost above or below that of the platform's leads, and the same in percent of all spend."""
    if campaign.spend_cur <= 0:
        return Fraction(0), Decimal(0)
    excess_cost = abs(Fraction(campaign.spend_cur) - campaign.leads_cur * Fraction(campaign.cpl_usual)) / campaign.days
    return excess_cost, rounded(100 * excess_cost / total_spend, 1)


def _with_known_returns(advice: Sequence[BudgetAdvice]) -> Sequence[BudgetAdvice]:
    """Make contracts and returns unknown if no campaign has any: then the company hands over no contracts."""
    if any(campaign.contracts_cur or campaign.roas_cur or campaign.roas_usual for campaign in advice):
        return advice
    unknown = {"contracts_cur": None, "roas_cur": None, "roas_usual": None}
    return [msgspec.structs.replace(campaign, **unknown) for campaign in advice]


def _language_of(tenant: Tenant) -> str:
    return language_of(tenant.country, tenant.language)


def _digest(campaign: BudgetAdvice) -> str:
    """Identify the campaign in a key of fixed length, because a platform's references may be longer than a key."""
    return hashlib.sha256(f"{campaign.platform}\x1f{campaign.campaign_ref}".encode()).hexdigest()[:32]


def _severity(impact_pct: Decimal) -> Severity:
    return "high" if impact_pct >= _HIGH_PCT else "medium" if impact_pct >= _MEDIUM_PCT else "low"


def step_pct(campaign: BudgetAdvice) -> Decimal:
    """Return by how many percent to change the daily spend now, from -20 to 20."""
    if campaign.action == "monitor":
        return Decimal(0)
    if campaign.action == "pause":
        return Decimal(max(_PAUSE_PCT, -MOST_STEP_PCT))
    cheaper_pct = (
        100 * (Fraction(campaign.cpl_usual) / Fraction(campaign.cpl_cur) - 1)
        if campaign.cpl_cur
        else Fraction(MOST_STEP_PCT)
    )
    return rounded(min(cheaper_pct, Fraction(MOST_STEP_PCT)), 1)


def _evidence(campaign: BudgetAdvice, days: Sequence[CampaignDay], missing: Missing | None, currency: str) -> Evidence:
    step = step_pct(campaign)
    daily_spend = Fraction(campaign.daily_spend or Fraction(campaign.spend_cur) / max(campaign.days, 1))
    next_daily_spend = daily_spend * (1 + Fraction(step) / 100)
    expected_range, expected_cpl = _expected(campaign, next_daily_spend)
    return Evidence(
        rule=_RULES[campaign.action],
        currency=currency,
        action=campaign.action,
        platform=campaign.platform,
        campaign_ref=campaign.campaign_ref,
        campaign_name=campaign.campaign_name,
        window=Window(start=at(campaign.first_day), end=at(campaign.last_day + timedelta(days=1))),
        days=campaign.days,
        leads=campaign.leads_cur,
        contracts=campaign.contracts_cur,
        spend=float(campaign.spend_cur),
        cpl=float(campaign.cpl_cur) if campaign.leads_cur else None,
        cpl_usual=float(campaign.cpl_usual),
        roas=None if campaign.roas_cur is None else float(campaign.roas_cur),
        roas_usual=None if campaign.roas_usual is None else float(campaign.roas_usual),
        daily_spend=float(rounded(daily_spend)),
        next_daily_spend=float(rounded(next_daily_spend)),
        step_pct=float(step),
        expected_range=expected_range,
        expected_cpl=expected_cpl,
        confidence=float(campaign.confidence),
        reason=campaign.reason,
        missing=missing,
        # `missing` already says that the campaign's days are too young.
        held_by=None if campaign.held_by == "days" else campaign.held_by,
        series=_points(campaign, days),
        sources=[_SOURCE],
    )


def _expected(campaign: BudgetAdvice, daily_spend: Fraction) -> tuple[Range, Range] | tuple[None, None]:
    """Return the range of leads a day and of the cost of a lead at this spend; None for a campaign without spend.

    The cost of a lead is assumed to stay within its present 80 % range.
    """
    if campaign.spend_cur <= 0:
        return None, None
    leads_per_spend = [
        Fraction(leads) / Fraction(campaign.spend_cur) for leads in (campaign.leads_low, campaign.leads_high)
    ]
    low, high = (float(rounded(daily_spend * leads)) for leads in leads_per_spend)
    lowest_cpl, highest_cpl = (float(rounded(1 / leads)) if leads else None for leads in reversed(leads_per_spend))
    return Range(low=low, high=high), Range(low=lowest_cpl, high=highest_cpl)


def _points(campaign: BudgetAdvice, days: Sequence[CampaignDay]) -> list[Point]:
    """Return for each day the leads so far, and the leads that the same spend brings on the whole platform.

    Both are cumulative, because a day has few leads and the text states the totals.
    """
    by_day, leads, spend = {each.day: each for each in days}, 0, 0.0
    points = list[Point]()
    for index in range(campaign.days if days else 0):
        day = campaign.first_day + timedelta(index)
        if day in by_day:
            leads, spend = leads + by_day[day].leads, spend + by_day[day].spend
        usual = round(spend / float(campaign.cpl_usual), 2) if campaign.cpl_usual else None
        points.append(Point(at=at(day), actual=leads, expected=usual))
    return points


def _missing(campaign: BudgetAdvice) -> Missing | None:
    """Return the leads that are needed to be certain; for a campaign without leads, the spend; None if neither."""
    if campaign.leads_needed is not None:
        return Missing(have=campaign.leads_cur, need=campaign.leads_needed, what="leads")
    if campaign.spend_needed is not None:
        return Missing(have=float(campaign.spend_cur), need=float(campaign.spend_needed), what="spend")
    return None
