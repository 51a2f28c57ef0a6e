"""What the UTM audit looks like, for the OpenAPI document. Money is in the tenant's currency."""

from typing import Literal

from pydantic import BaseModel, Field

Reason = Literal["no_utm", "other_platform", "no_ads", "no_campaign", "unknown_id", "unknown_name"]


class IdleCampaign(BaseModel):
    """A campaign that cost something and brought no lead."""

    platform: str
    campaign_id: str | None = Field(description="the platform's own")
    campaign_name: str | None
    spend: float
    impressions: int
    clicks: int


class StrayLeads(BaseModel):
    """Leads of no campaign that say the same of where they came from, in lower case; null: nothing."""

    platform: str
    utm_source: str | None
    utm_campaign: str | None
    utm_id: str | None
    leads: int
    n_contracts: int
    revenue: float
    platform_has_ads: bool
    reason: Reason


class UtmAuditTotals(BaseModel):
    """What both lists come to, on all pages, beside all spend and leads of the range."""

    campaigns: int = Field(description="rows of spend_without_leads")
    spend_without_leads: float
    spend: float
    kinds: int = Field(description="rows of leads_without_campaign")
    leads_without_campaign: int
    leads_without_ads: int = Field(description="those among them of platforms without ads")
    leads: int
    by_reason: dict[Reason, int]


class UtmAudit(BaseModel):
    """Money that brought no leads, and leads that no campaign can be credited with."""

    spend_without_leads: list[IdleCampaign]
    leads_without_campaign: list[StrayLeads]
    totals: UtmAuditTotals
    page: int
    limit: int
    has_more: bool
