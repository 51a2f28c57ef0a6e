"""The posterior of a campaign's leads per unit of spend: a Gamma distribution, with a prior fitted to the platform.

The model: a campaign's leads are a Poisson process over its spend with a rate of its own, and the rates of a platform's
campaigns follow a Gamma distribution. So a campaign with little spend is judged mostly by the platform's other
campaigns, one with much spend mostly by itself (definitions.md, budget recommendation).
"""

from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import gammainc, gammaincc, gammaincinv

from services.analytics_service.store.campaigns import CampaignTotals


class LeadRate(NamedTuple):
    """A Gamma distribution of leads per unit of spend."""

    shape: float
    spend: float  # the inverse scale (rate parameter): the distribution is as if this spend had brought `shape` leads

    def below(self, rate: float) -> float:
        """Return the probability that the true rate is below `rate`."""
        return float(gammainc(self.shape, self.spend * rate))

    def above(self, rate: float) -> float:
        """Return the probability that the true rate is above `rate`."""
        return float(gammaincc(self.shape, self.spend * rate))

    def quantile(self, probability: float) -> float:
        """Return the rate that the true rate is below with this probability."""
        return float(gammaincinv(self.shape, probability)) / self.spend

    def after(self, leads: float, spend: float) -> "LeadRate":
        """Return the posterior after these further leads and this further spend."""
        return LeadRate(self.shape + leads, self.spend + spend)


def lead_rates(campaigns: Sequence[CampaignTotals]) -> list[LeadRate]:
    """Return the posterior of each campaign of one platform. Every campaign must have spend."""
    leads = sum(campaign.leads for campaign in campaigns)
    total_spend = float(sum(campaign.spend for campaign in campaigns))
    prior = _fitted_prior(campaigns, leads / total_spend, total_spend)
    if prior is None:
        # The campaigns differ by no more than chance explains, so all of them share one rate.
        return [LeadRate(leads + 0.5, total_spend)] * len(campaigns)
    return [prior.after(campaign.leads, float(campaign.spend)) for campaign in campaigns]


def _fitted_prior(campaigns: Sequence[CampaignTotals], mean: float, total_spend: float) -> LeadRate | None:
    """Fit the prior by moments: the mean and variance of the campaigns' rates, weighted by spend.

    The variance that chance explains is subtracted. Returns None if none remains.
    """
    spends = [float(campaign.spend) for campaign in campaigns]
    squares = sum(
        spend * (campaign.leads / spend - mean) ** 2 for campaign, spend in zip(campaigns, spends, strict=True)
    )
    weight = sum(spend * (total_spend - spend) for spend in spends) / total_spend
    if weight <= 0:
        return None
    variance = (squares - (len(campaigns) - 1) * mean) / weight
    # A tiny variance counts as none: its prior would exceed the range of a float.
    return LeadRate(mean * mean / variance, mean / variance) if variance > 1e-9 * mean * mean > 0 else None
