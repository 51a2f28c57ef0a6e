"""Shapes of the answers about campaigns, for OpenAPI only; msgspec writes the answers themselves."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel


class OtherMoney(BaseModel):
    """Money in one currency."""

    spend: float
    revenue: float


class UnconvertedMoney(BaseModel):
    """Money in other currencies without an exchange rate. `spend`, `revenue` and the ratios do not include it."""

    rows: int
    by_currency: dict[str, OtherMoney]
    days: list[date]


class Metrics(BaseModel):
    """The figures of a campaign as reported by its platform, with money in the tenant's currency.

    `revenue` and `conversions` are the platform's own attribution. `roi` = 100·(revenue − spend)/spend, `ctr` =
    100·clicks/impressions, `cpc` = spend/clicks; each is 0 if its denominator is 0.
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
    """The figures of one day."""

    date: date


class Campaign(BaseModel):
    """A campaign. `metrics` cover the days from `date_from` to `date_to` of the request.

    `is_kept_in_step`: a connected source keeps the campaign equal to the platform, so `platform_fields` and the
    platform's own `settings` can be changed only on the platform. `budget` is in `settings.currency` if that is set.
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
    """A page of campaigns."""

    data: list[Campaign]
    total: int
    page: int
    limit: int
    has_more: bool


class PerformancePage(BaseModel):
    """A page of days in ascending order, including days without figures, and the totals of the whole range."""

    data: list[DayMetrics]
    total: int
    page: int
    limit: int
    has_more: bool
    totals: Metrics
    campaign_id: UUID
    date_from: date
    date_to: date
