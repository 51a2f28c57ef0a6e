"""What is known of a campaign's leads per unit of spend: a Gamma distribution, learnt from the platform's campaigns.

Leads come as a Poisson process of a campaign's own rate, and the rates of a platform's campaigns are drawn from a Gamma
distribution: a campaign with little spend is judged by its neighbours, one with much by itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import gammainc, gammaincc, gammaincinv

from services.analytics_service.store.campaigns import CampaignTotals


class LeadRate(NamedTuple):
    """A Gamma distribution of leads per unit of spend."""

    shape: float
    spend: float  # its inverse scale: as if so much had brought `shape` leads

    def below(self, rate: float) -> float:
        """How probable a rate under this one is."""
        return float(gammainc(self.shape, self.spend * rate))

    def above(self, rate: float) -> float:
        """How probable a rate over this one is."""
        return float(gammaincc(self.shape, self.spend * rate))

    def quantile(self, probability: float) -> float:
        """The rate under which the true one is with this probability."""
        return float(gammaincinv(self.shape, probability)) / self.spend

    def after(self, leads: float, spend: float) -> "LeadRate":
        """What would be known after so much more."""
        return LeadRate(self.shape + leads, self.spend + spend)


def lead_rates(campaigns: Sequence[CampaignTotals]) -> list[LeadRate]:
    """The posterior of each of a platform's campaigns; every one has spend."""
    leads, spends = sum(one.leads for one in campaigns), float(sum(one.spend for one in campaigns))
    prior = _fitted(campaigns, leads / spends, spends)
    if prior is None:
        # They differ by no more than chance makes them: then all of them have one rate.
        return [LeadRate(leads + 0.5, spends)] * len(campaigns)
    return [LeadRate(prior.shape + one.leads, prior.spend + float(one.spend)) for one in campaigns]


def _fitted(campaigns: Sequence[CampaignTotals], mean: float, spends: float) -> LeadRate | None:
    """The prior whose mean and variance are those of the campaigns' rates, weighted by spend, less what chance adds."""
    squares = sum(float(one.spend) * (one.leads / float(one.spend) - mean) ** 2 for one in campaigns)
    weight = sum(float(one.spend) * (spends - float(one.spend)) for one in campaigns) / spends
    if weight <= 0:
        return None
    variance = (squares - (len(campaigns) - 1) * mean) / weight
    # (a spread of next to nothing is none: its prior would be past what a float holds)
    return LeadRate(mean * mean / variance, mean / variance) if variance > 1e-9 * mean * mean > 0 else None
