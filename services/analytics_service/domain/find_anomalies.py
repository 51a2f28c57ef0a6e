"""Anomalies: campaigns that deviate from their own 30 days before the range (definitions.md)."""

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


class _Ratios(NamedTuple):
    """A campaign's present figures as multiples of its baseline; None if the baseline has none of it."""

    cpl: Fraction | None
    leads: Fraction | None
    spend: Fraction | None


def find_anomalies(campaigns: Iterable[CampaignBaseline], days: DateRange) -> list[dict[str, Any]]:
    """Return the anomalies of the range, high severity first, then by spend, campaign and kind.

    Daily baseline figures are averages over all 30 days, including days without data; for a campaign that began within
    them, over the days since. Exact amounts are compared; the money in the answer is rounded.
    """
    found = [
        (severity != "high", -campaign.spend, campaign.platform, campaign.campaign_ref, kind, severity, campaign)
        for campaign in campaigns
        for kind, severity in _anomalies(campaign, days)
    ]
    found.sort(key=lambda anomaly: anomaly[:5])
    return [_answer(kind, severity, campaign) for *_, kind, severity, campaign in found]


def _anomalies(campaign: CampaignBaseline, days: DateRange) -> Iterator[tuple[str, str]]:
    if campaign.baseline_days < MIN_BASELINE_DAYS:
        return
    ratios = _ratios(campaign, days)
    if campaign.baseline_leads >= MIN_BASELINE_LEADS:
        if ratios.cpl is not None and ratios.cpl >= SPIKE:
            yield "spike_cpl", "high" if ratios.cpl >= HIGH_SPIKE else "medium"
        if ratios.leads is not None and ratios.leads <= DROP:
            yield "drop_leads", "high" if ratios.leads <= HIGH_DROP else "medium"
    if ratios.spend is not None and ratios.spend >= SPIKE:
        yield "spike_spend", "high" if ratios.spend >= HIGH_SPIKE else "medium"


def _ratios(campaign: CampaignBaseline, days: DateRange) -> _Ratios:
    # The range and the baseline differ in length, so the ratio of their sums is scaled to daily figures.
    length_ratio = Fraction(campaign.baseline_length, (days.end - days.start).days + 1)
    leads = Fraction(campaign.leads, campaign.baseline_leads) if campaign.baseline_leads else None
    spend = Fraction(campaign.spend) / Fraction(campaign.baseline_spend) if campaign.baseline_spend > 0 else None
    return _Ratios(
        cpl=spend / leads if spend is not None and leads else None,
        leads=None if leads is None else leads * length_ratio,
        spend=None if spend is None else spend * length_ratio,
    )


def _answer(kind: str, severity: str, campaign: CampaignBaseline) -> dict[str, Any]:
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
