"""What marketing's answers look like, for the OpenAPI document; the routes themselves answer plain values.

Money is in the tenant's currency. A ratio that has nothing to divide by is 0.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field


class LeftOut(BaseModel):
    """Money of contracts and ads in other currencies that no sum includes, for want of a rate on its day."""

    rows: int
    by_currency: dict[str, float]
    days: list[date]


class Kpi(BaseModel):
    """A range's figures. Contracts and revenue are those of the leads created in it."""

    leads: int
    n_contracts: int
    revenue: float
    spend: float
    cpl: float
    roas: float
    unconverted: LeftOut


class LeadDay(BaseModel):
    """A day's leads."""

    dt: date
    leads: int


class SpendDay(BaseModel):
    """A day's spend."""

    dt: date
    spend: float


class MetricDay(BaseModel):
    """A day's ads and leads."""

    dt: date
    leads: int
    clicks: int
    impressions: int
    spend: float
    cpl: float
    cpc: float
    ctr: float
    cpm: float


class Campaign(BaseModel):
    """A campaign, or what of a platform belongs to none."""

    platform: str
    campaign_name: str | None
    leads: int
    n_contracts: int
    revenue: float
    spend: float
    cpl: float
    roas: float


class ChangedCampaign(BaseModel):
    """A campaign's leads beside those of the period before."""

    platform: str
    campaign_name: str | None
    leads_cur: int
    leads_prev: int
    leads_diff_pct: float
    cpl_cur: float
    cpl_prev: float


class ScatteredCampaign(BaseModel):
    """A campaign with at least three leads."""

    platform: str
    campaign_name: str | None
    leads: int
    spend: float
    cpl: float
    roas: float


class Recommendation(BaseModel):
    """What to do about a campaign."""

    action: Literal["pause", "scale", "monitor"]
    platform: str
    campaign_name: str | None
    leads_cur: int
    spend_cur: float
    cpl_cur: float
    roas_cur: float
    contracts_cur: int
    confidence: float = Field(
        ge=0, le=1, description="how probable what `reason` says of the cost of a lead is; two decimals"
    )
    reason: str = Field(description="what is known of the campaign, and which condition holds or lacks")
    held_by: Literal["return", "certainty", "cost", "leads", "days"] | None = Field(
        description="why to leave it: its return says otherwise than the cost of its leads, that is not sure enough,"
        " its leads cost about what they do on the platform, the platform has none, or it spent on days alone that are"
        " younger than the conversion lag; null where it is not to be left"
    )
    campaign_ref: str = Field(description="what the campaign is known by on its platform: account and id")
    days: int = Field(description="how many days these figures are of: those past the conversion lag")
    first_day: date | None = Field(description="the first of these days; null where there are none")
    last_day: date | None = Field(description="the last of them")
    daily_spend: float | None = Field(
        description="what it spent a day in the last seven days of the range, as far as its platform told of them; 0"
        " where it has ended, null where the whole platform spent nothing"
    )
    cpl_usual: float = Field(description="what a lead of the platform costs; 0 where it has none")
    roas_usual: float = Field(description="the return on ad spend of the whole platform")
    leads_low: float = Field(description="with `leads_high`: what the same spend brings, at 80 %")
    leads_high: float
    leads_needed: int | None = Field(
        description="from how many leads on it would be sure that they are dearer or cheaper by the factor, if they go"
        " on costing what they do; null where it is sure, where their cost is not that far off, or without any lead"
    )
    spend_needed: float | None = Field(description="likewise from which spend on")


class Anomaly(BaseModel):
    """A campaign that does otherwise than before."""

    anomaly_type: Literal["spike_cpl", "drop_leads", "spike_spend"]
    severity: Literal["high", "medium"]
    platform: str
    campaign_name: str | None
    leads: int
    spend: float
    current_cpl: float
    baseline_cpl: float


class CategorisedCampaign(BaseModel):
    """A campaign with contracts."""

    performance_category: Literal["high_performer", "medium_performer", "volume_driver", "needs_attention"]
    platform: str
    campaign_name: str | None
    leads: int
    contracts: int
    revenue: float
    conversion_rate: float
    avg_contract_value: float


class PlatformShare(BaseModel):
    """A platform's part of the leads."""

    platform: str
    leads: int
    share_pct: float


class PaidSplit(BaseModel):
    """A platform's leads, paid for and not."""

    platform: str
    paid_leads: int
    organic_leads: int
    total_leads: int
    paid_pct: float
    organic_pct: float


class UtmSource(BaseModel):
    """A platform's leads of one source."""

    platform: str
    utm_source: str | None
    leads: int
    n_contracts: int
    revenue: float


class Product(BaseModel):
    """A product's leads, and how often it was looked at, put in a cart and bought on the website."""

    product_id: str | None
    product_name: str | None
    leads: int
    contracts: int
    revenue: float
    conversion_rate: float
    views: int
    add_to_carts: int
    purchases: int


class BranchLeads(BaseModel):
    """A branch's leads and online orders."""

    location_id: str
    location_name: str
    city: str | None
    leads: int
    contracts: int
    revenue: float
    conversion_rate: float
    purchases: int
    online_revenue: float
