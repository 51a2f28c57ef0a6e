"""The shapes of marketing's answers, for the OpenAPI document; the routes themselves answer plain values.

Money is in the tenant's currency. A ratio whose denominator is 0 is 0.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field


class UnconvertedMoney(BaseModel):
    """Money of contracts and ads in other currencies that no sum includes, because its day has no exchange rate."""

    rows: int
    by_currency: dict[str, float]
    days: list[date]


class Kpi(BaseModel):
    """A range's figures. Contracts and revenue are those of the leads created in the range."""

    leads: int
    n_contracts: int
    revenue: float
    spend: float
    cpl: float
    roas: float
    unconverted: UnconvertedMoney


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
    """A campaign, or a platform's leads and spend without one."""

    platform: str
    campaign_name: str | None
    leads: int
    n_contracts: int
    revenue: float
    spend: float
    cpl: float
    roas: float


class ChangedCampaign(BaseModel):
    """A campaign's leads compared with the previous period."""

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
    """A recommended action for a campaign, with its evidence."""

    action: Literal["pause", "scale", "monitor"]
    platform: str
    campaign_name: str | None
    leads_cur: int
    spend_cur: float
    cpl_cur: float
    roas_cur: float
    contracts_cur: int
    confidence: float = Field(
        ge=0, le=1, description="the probability of what `reason` says about the cost per lead; two decimals"
    )
    reason: str = Field(description="the evidence in words, and the condition that is met or not met")
    held_by: Literal["return", "certainty", "cost", "leads", "days"] | None = Field(
        description="why the campaign is to be left as it is: its return contradicts its cost per lead (`return`), its"
        " cost per lead is too uncertain (`certainty`) or close to the platform's (`cost`), the platform has no leads"
        " (`leads`), or the campaign only spent on days younger than the conversion lag (`days`); null for the actions"
        " `pause` and `scale`"
    )
    campaign_ref: str = Field(description="the campaign on its platform: account and campaign id")
    days: int = Field(description="the number of days that these figures cover: those older than the conversion lag")
    first_day: date | None = Field(description="the first of these days; null if there are none")
    last_day: date | None = Field(description="the last of these days; null if there are none")
    daily_spend: float | None = Field(
        description="its average daily spend in the last seven days of the range, as far as its platform has reported"
        " them; 0 if the campaign has ended, null if the whole platform spent nothing"
    )
    cpl_usual: float = Field(description="the platform's cost per lead; 0 if it has no leads")
    roas_usual: float = Field(description="the platform's return on ad spend")
    leads_low: float = Field(description="with `leads_high`, the 80 % interval of the leads that the same spend brings")
    leads_high: float
    leads_needed: int | None = Field(
        description="how many leads would be enough to be sure that they are dearer or cheaper by the factor, at the"
        " present cost per lead; null if that is already sure, if the cost is not that far off, or without any lead"
    )
    spend_needed: float | None = Field(description="the spend at which `leads_needed` would be reached")


class Anomaly(BaseModel):
    """A campaign that deviates from its own baseline."""

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
    """A platform's share of the leads."""

    platform: str
    leads: int
    share_pct: float


class PaidSplit(BaseModel):
    """A platform's paid and organic leads."""

    platform: str
    paid_leads: int
    organic_leads: int
    total_leads: int
    paid_pct: float
    organic_pct: float


class UtmSource(BaseModel):
    """A platform's leads from one source."""

    platform: str
    utm_source: str | None
    leads: int
    n_contracts: int
    revenue: float


class Product(BaseModel):
    """A product's leads, and its website views, cart additions and purchases."""

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
