"""What the ledger looks like, for the OpenAPI document. Money is in the tenant's currency."""

from datetime import date

from pydantic import BaseModel, Field

LABELS = ("refund", "window", "time_zone", "duplicate", "untracked", "currency", "thresholded")


class Gaps(BaseModel):
    """What of the gap each cause explains; all have its sign."""

    refund: float
    window: float
    time_zone: float
    duplicate: float
    untracked: float
    currency: float
    thresholded: float


class Reconciled(BaseModel):
    """Claims beside books: leads and their contracts as everywhere, and orders less what was given back."""

    spend: float
    claimed_conversions: float
    claimed_revenue: float
    roas_claimed: float = Field(description="claimed_revenue / spend")
    leads: int
    n_contracts: int
    revenue: float = Field(description="of the leads' contracts, as in every marketing figure")
    roas: float = Field(description="revenue / spend, as in every marketing figure")
    orders: int
    order_revenue: float = Field(description="of the orders that are no contract, less refunds")
    refunds: float
    our_revenue: float = Field(description="revenue and order_revenue")
    our_roas: float = Field(description="our_revenue / spend")
    gap: float = Field(description="claimed_revenue − our_revenue")
    gaps: Gaps
    unexplained: float


class LedgerLine(Reconciled):
    """A day of a campaign, or of what belongs to none; `untracked` is the platform of orders made in no session."""

    dt: date
    platform: str
    campaign_id: str | None
    campaign_name: str | None


class Ledger(BaseModel):
    """A page of lines, and what all of them come to."""

    data: list[LedgerLine]
    total: int
    page: int
    limit: int
    has_more: bool
    totals: Reconciled
