"""The shape of the UTM audit's answer, for the OpenAPI document. Money is in the tenant's currency."""

from typing import Literal

from pydantic import BaseModel, Field

Reason = Literal["no_utm", "other_platform", "no_ads", "no_campaign", "unknown_id", "unknown_name"]


class IdleCampaign(BaseModel):
    """A campaign with spend and no leads."""

    platform: str
    campaign_id: str | None = Field(description="the platform's own id")
    campaign_name: str | None
    spend: float
    impressions: int
    clicks: int


class StrayLeads(BaseModel):
    """Leads without a campaign that share their UTM values, in lower case; null: not given."""

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
    """The totals of both lists on all pages, and all spend and leads of the range."""

    campaigns: int = Field(description="the number of rows of spend_without_leads")
    spend_without_leads: float
    spend: float
    kinds: int = Field(description="the number of rows of leads_without_campaign")
    leads_without_campaign: int
    leads_without_ads: int = Field(description="those of leads_without_campaign whose platform has no ads")
    leads: int
    by_reason: dict[Reason, int]


class UtmAudit(BaseModel):
    """Spend without leads, and leads without a campaign."""

    spend_without_leads: list[IdleCampaign]
    leads_without_campaign: list[StrayLeads]
    totals: UtmAuditTotals
    page: int
    limit: int
    has_more: bool
