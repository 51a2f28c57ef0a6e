"""Budget advice as recommendations: how far to go in one step, what to expect of it, and what lacks to be sure.

Which campaigns to pause, to scale or to leave the analytics service decides (docs/definitions.md).
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

# Of the daily spend of now, at once: what a larger step would bring, nobody knows from what was spent before.
MOST_STEP_PCT: Final = 20
# What is meant in the end: all of it, or as much more as its leads are cheaper.
_ALL_PCT: Final = -100
_RULES: Final = {action: f"budget.{action}" for action in ("pause", "scale", "monitor")}
# Days with spend by which a campaign is judged: in fewer it has not had each day of the week.
_FEWEST_DAYS: Final = 7
# Of the company's spend a week.
_HIGH_PCT, _MEDIUM_PCT = 10, 3
_DAYS_OF_WEEK: Final = 7
_SOURCE: Final = "GET /api/analytics/sales/v6/reco/budget"


def advise(advice: Sequence[BudgetAdvice], days: CampaignDays, tenant: Tenant, settings: AlertSettings) -> Findings:
    """A recommendation for each campaign that still spends; those to leave as they are, and of little impact, are held.

    Impact is what a week's leads cost more, or less, than the same leads cost on the platform in all.
    """
    # (what rounds to no spend leaves nothing to move, unless its days are only too young to be judged)
    spent = [one for one in _with_known_returns(advice) if one.spend_cur > 0 or one.held_by == "days"]
    total = sum((Fraction(one.spend_cur) / one.days for one in spent), Fraction(0))
    found = [
        _recommended(one, days.get((one.platform, one.campaign_ref), ()), tenant, total, settings)
        for one in spent
        if one.daily_spend is None or one.daily_spend > 0
    ]
    return Findings(found, list(_RULES.values()), advice_ended(_language_of(tenant)))


def _recommended(
    said: BudgetAdvice, days: Sequence[CampaignDay], tenant: Tenant, total: Fraction, settings: AlertSettings
) -> Found:
    spent_on = sum(day.spend > 0 for day in days)
    is_new = 0 < spent_on < _FEWEST_DAYS or said.held_by == "days"
    one = msgspec.structs.replace(said, action="monitor") if is_new else said
    rule = _RULES[one.action]
    more, impact_pct = _impact(one, total)
    missing = Missing(have=spent_on, need=_FEWEST_DAYS, what="days") if is_new else _missing(one)
    evidence = _evidence(one, days, missing, tenant.currency)
    language = _language_of(tenant)
    words = describe(evidence, language, tenant.currency, tenant.time_zone)
    return Found(
        insight_type="recommendation",
        rule=rule,
        cause=f"{rule}:{_digest(one)}",
        severity="low" if one.action == "monitor" else _severity(impact_pct),
        metric="cpl",
        channel=one.platform,
        title=words.title,
        description=words.description,
        language=language,
        evidence=msgspec.Raw(encode_evidence(evidence)),
        impact=rounded(more * _DAYS_OF_WEEK),
        impact_pct=impact_pct,
        score=one.confidence,
        is_shown=one.action != "monitor" and impact_pct >= settings.least_impact_pct,
        shown_to=[
            to.account_id for to in settings.recipients if one.action != "monitor" and impact_pct >= to.least_impact_pct
        ],
    )


def _impact(one: BudgetAdvice, total: Fraction) -> tuple[Fraction, Decimal]:
    """What its leads cost more a day, or less, than the same leads on the platform; and in percent of all spend."""
    if one.spend_cur <= 0:
        return Fraction(0), Decimal(0)
    more = abs(Fraction(one.spend_cur) - one.leads_cur * Fraction(one.cpl_usual)) / one.days
    return more, rounded(100 * more / total, 1)


def _with_known_returns(advice: Sequence[BudgetAdvice]) -> Sequence[BudgetAdvice]:
    """The same, without returns where no contract is recorded: what nobody hands over is not nothing."""
    if any(one.contracts_cur or one.roas_cur or one.roas_usual for one in advice):
        return advice
    unknown = {"contracts_cur": None, "roas_cur": None, "roas_usual": None}
    return [msgspec.structs.replace(one, **unknown) for one in advice]


def _language_of(tenant: Tenant) -> str:
    return language_of(tenant.country, tenant.language)


def _digest(one: BudgetAdvice) -> str:
    """Which campaign: a platform's own names may be longer than a key."""
    return hashlib.sha256(f"{one.platform}\x1f{one.campaign_ref}".encode()).hexdigest()[:32]


def _severity(impact_pct: Decimal) -> Severity:
    return "high" if impact_pct >= _HIGH_PCT else "medium" if impact_pct >= _MEDIUM_PCT else "low"


def step_pct(one: BudgetAdvice) -> Decimal:
    """By how much to change the daily spend now: towards what is meant in the end, at most 20 %."""
    if one.action == "monitor":
        return Decimal(0)
    if one.action == "pause":
        return Decimal(max(_ALL_PCT, -MOST_STEP_PCT))
    cheaper = 100 * (Fraction(one.cpl_usual) / Fraction(one.cpl_cur) - 1) if one.cpl_cur else Fraction(MOST_STEP_PCT)
    return rounded(min(cheaper, Fraction(MOST_STEP_PCT)), 1)


def _evidence(one: BudgetAdvice, days: Sequence[CampaignDay], missing: Missing | None, currency: str) -> Evidence:
    step, daily = step_pct(one), Fraction(one.daily_spend or Fraction(one.spend_cur) / max(one.days, 1))
    changed = daily * (1 + Fraction(step) / 100)
    expected_range, expected_cpl = _expected(one, changed)
    return Evidence(
        rule=_RULES[one.action],
        currency=currency,
        action=one.action,
        platform=one.platform,
        campaign_ref=one.campaign_ref,
        campaign_name=one.campaign_name,
        window=Window(start=at(one.first_day), end=at(one.last_day + timedelta(days=1))),
        days=one.days,
        leads=one.leads_cur,
        contracts=one.contracts_cur,
        spend=float(one.spend_cur),
        cpl=float(one.cpl_cur) if one.leads_cur else None,
        cpl_usual=float(one.cpl_usual),
        roas=None if one.roas_cur is None else float(one.roas_cur),
        roas_usual=None if one.roas_usual is None else float(one.roas_usual),
        daily_spend=float(rounded(daily)),
        next_daily_spend=float(rounded(changed)),
        step_pct=float(step),
        expected_range=expected_range,
        expected_cpl=expected_cpl,
        confidence=float(one.confidence),
        reason=one.reason,
        missing=missing,
        # (`missing` says it of one whose days are too young)
        held_by=None if one.held_by == "days" else one.held_by,
        series=_points(one, days),
        sources=[_SOURCE],
    )


def _expected(one: BudgetAdvice, daily: Fraction) -> tuple[Range, Range] | tuple[None, None]:
    """The leads that so much a day brings, and what one costs then; None of a campaign without spend to judge by.

    It is assumed that a lead goes on costing what it does, for which the range of 80 % stands.
    """
    if one.spend_cur <= 0:
        return None, None
    per_spend = [Fraction(leads) / Fraction(one.spend_cur) for leads in (one.leads_low, one.leads_high)]
    low, high = (float(rounded(daily * leads)) for leads in per_spend)
    cheapest, dearest = (float(rounded(1 / leads)) if leads else None for leads in reversed(per_spend))
    return Range(low=low, high=high), Range(low=cheapest, high=dearest)


def _points(one: BudgetAdvice, days: Sequence[CampaignDay]) -> list[Point]:
    """Day by day how many leads came so far, and how many the same spend brings on the platform in all.

    Summed up, since a day has few, and where they end is what the words say.
    """
    told, leads, spend = {each.day: each for each in days}, 0, 0.0
    points = list[Point]()
    for place in range(one.days if days else 0):
        day = one.first_day + timedelta(place)
        if day in told:
            leads, spend = leads + told[day].leads, spend + told[day].spend
        usual = round(spend / float(one.cpl_usual), 2) if one.cpl_usual else None
        points.append(Point(at=at(day), actual=leads, expected=usual))
    return points


def _missing(one: BudgetAdvice) -> Missing | None:
    """What lacks to be sure, in leads, of a campaign without any in spend."""
    if one.leads_needed is not None:
        return Missing(have=one.leads_cur, need=one.leads_needed, what="leads")
    if one.spend_needed is not None:
        return Missing(have=float(one.spend_cur), need=float(one.spend_needed), what="spend")
    return None
