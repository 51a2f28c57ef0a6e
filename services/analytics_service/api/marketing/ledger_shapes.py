"""The shape of the ledger's answer, for the OpenAPI document. Money is in the tenant's currency."""

from datetime import date

from pydantic import BaseModel, Field

GAP_CAUSES = ("refund", "window", "time_zone", "duplicate", "untracked", "currency", "thresholded")


class Gaps(BaseModel):
    """The part of the gap that each cause explains; every part has the sign of the gap."""

    refund: float
    window: float
    time_zone: float
    duplicate: float
    untracked: float
    currency: float
    thresholded: float


class Reconciled(BaseModel):
    """Claims beside books. Leads and contracts are counted as everywhere; orders are net of refunds."""

    spend: float
    claimed_conversions: float
    claimed_revenue: float
    roas_claimed: float = Field(description="claimed_revenue / spend")
    leads: int
    n_contracts: int
    revenue: float = Field(description="revenue of the leads' contracts, as in every marketing figure")
    roas: float = Field(description="revenue / spend, as in every marketing figure")
    orders: int
    order_revenue: float = Field(description="revenue of orders that are not contracts, net of refunds")
    refunds: float
    our_revenue: float = Field(description="revenue + order_revenue")
    our_roas: float = Field(description="our_revenue / spend")
    gap: float = Field(description="claimed_revenue − our_revenue")
    gaps: Gaps
    unexplained: float


class LedgerLine(Reconciled):
    """A day of a campaign, or of a platform's leads and orders without one.

    Orders without a session are listed under the platform `untracked`.
    """

    dt: date
    platform: str
    campaign_id: str | None
    campaign_name: str | None


class Ledger(BaseModel):
    """A page of lines, and the totals of all lines."""

    data: list[LedgerLine]
    total: int
    page: int
    limit: int
    has_more: bool
    totals: Reconciled
