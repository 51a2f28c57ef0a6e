"""Campaigns that do otherwise than they did in the 30 days before (definitions.md)."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from common.rounding import rounded
from services.analytics_service.domain.ratio import ratio
from services.analytics_service.store.campaigns import CampaignBaseline
from services.analytics_service.store.day_range import DateRange

BASELINE_DAYS = 30
MIN_BASELINE_DAYS = 7
MIN_BASELINE_LEADS = 10
SPIKE, HIGH_SPIKE = Fraction(3, 2), 2
DROP, HIGH_DROP = Fraction(1, 2), Fraction(1, 4)


class _Pace(NamedTuple):
    """What a campaign has now, as a multiple of what it had before; None where before there was nothing of it."""

    cpl: Fraction | None
    leads: Fraction | None
    spend: Fraction | None


def find_anomalies(campaigns: Iterable[CampaignBaseline], days: DateRange) -> list[dict[str, Any]]:
    """The anomalies of the days, high ones first, then by spend, campaign and kind.

    Daily figures are those of all 30 days, whether it had something on each or not; of a campaign that began within
    them, those of the days since. Money in the answer is rounded; what is compared is not.
    """
    found = [
        (severity != "high", -campaign.spend, campaign.platform, campaign.campaign_ref, kind, severity, campaign)
        for campaign in campaigns
        for kind, severity in _anomalies(campaign, days)
    ]
    found.sort(key=lambda anomaly: anomaly[:5])
    return [_described(kind, severity, campaign) for *_, kind, severity, campaign in found]


def _anomalies(campaign: CampaignBaseline, days: DateRange) -> Iterator[tuple[str, str]]:
    if campaign.baseline_days < MIN_BASELINE_DAYS:
        return
    pace = _pace(campaign, days)
    if campaign.baseline_leads >= MIN_BASELINE_LEADS:
        if pace.cpl is not None and pace.cpl >= SPIKE:
            yield "spike_cpl", "high" if pace.cpl >= HIGH_SPIKE else "medium"
        if pace.leads is not None and pace.leads <= DROP:
            yield "drop_leads", "high" if pace.leads <= HIGH_DROP else "medium"
    if pace.spend is not None and pace.spend >= SPIKE:
        yield "spike_spend", "high" if pace.spend >= HIGH_SPIKE else "medium"


def _pace(campaign: CampaignBaseline, days: DateRange) -> _Pace:
    # The sums are of periods of different lengths, so their ratio is scaled to one day each.
    daily = Fraction(campaign.baseline_length, (days.end - days.start).days + 1)
    leads = Fraction(campaign.leads, campaign.baseline_leads) if campaign.baseline_leads else None
    spend = Fraction(campaign.spend) / Fraction(campaign.baseline_spend) if campaign.baseline_spend > 0 else None
    return _Pace(
        cpl=spend / leads if spend is not None and leads else None,
        leads=None if leads is None else leads * daily,
        spend=None if spend is None else spend * daily,
    )


def _described(kind: str, severity: str, campaign: CampaignBaseline) -> dict[str, Any]:
    return {
        "anomaly_type": kind,
        "severity": severity,
        "platform": campaign.platform,
        "campaign_name": campaign.campaign_name,
        "leads": campaign.leads,
        "spend": rounded(campaign.spend),
        "current_cpl": ratio(campaign.spend, campaign.leads),
        "baseline_cpl": ratio(campaign.baseline_spend, campaign.baseline_leads),
    }
