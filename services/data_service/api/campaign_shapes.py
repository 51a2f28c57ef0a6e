"""Shapes of the campaigns' answers, for the documentation; the answers themselves are written by msgspec."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel


class OtherMoney(BaseModel):
    """Money in one currency."""

    spend: float
    revenue: float


class UnconvertedMoney(BaseModel):
    """Days whose money is in other currencies, for which there is no rate: `spend`, `revenue` and ratios lack it."""

    rows: int
    by_currency: dict[str, OtherMoney]
    days: list[date]


class Metrics(BaseModel):
    """What a campaign had, as its platform says; money in the tenant's currency.

    `revenue` and `conversions` are the platform's own claims; `roi` = 100·(revenue − spend)/spend, `ctr` =
    100·clicks/impressions, `cpc` = spend/clicks, each 0 where its denominator is.
    """

    impressions: int
    clicks: int
    spend: float
    revenue: float
    conversions: float
    roi: float
    ctr: float
    cpc: float
    unconverted: UnconvertedMoney


class DayMetrics(Metrics):
    """The same of one day."""

    date: date


class Campaign(BaseModel):
    """A campaign. `metrics` are of the days from `date_from` to `date_to` of the request.

    `is_kept_in_step`: a connected source brings what the platform says, so `platform_fields` and the platform's own
    `settings` are changed there. `budget` is in `settings.currency` where that is given.
    """

    id: UUID
    name: str
    platform: str
    status: Literal["active", "paused", "completed"]
    budget: float | None
    start_date: date | None
    end_date: date | None
    user_id: UUID | None
    team_id: UUID | None
    settings: dict[str, Any]
    metrics: Metrics
    account_id: str
    external_id: str | None
    source_id: UUID | None
    is_kept_in_step: bool
    platform_fields: list[str]
    created_at: datetime
    updated_at: datetime


class CampaignPage(BaseModel):
    """The list envelope."""

    data: list[Campaign]
    total: int
    page: int
    limit: int
    has_more: bool


class PerformancePage(BaseModel):
    """Days in order, those without figures too, and what they add up to."""

    data: list[DayMetrics]
    total: int
    page: int
    limit: int
    has_more: bool
    totals: Metrics
    campaign_id: UUID
    date_from: date
    date_to: date
