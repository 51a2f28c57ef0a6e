"""What the dashboards look like, for the OpenAPI document; the routes themselves answer plain values."""

from datetime import date
from typing import Any

from pydantic import BaseModel

from services.analytics_service.api.marketing.shapes import Campaign, Kpi


class DashboardKpi(Kpi):
    """A range's figures, and the visits of it."""

    sessions: int


class ChannelFigures(BaseModel):
    """What a channel had; `spend` is that of the campaigns whose leads came by it more than by any other."""

    channel: str
    sessions: int
    leads: int
    contracts: int
    revenue: float
    spend: float
    cpl: float
    roas: float


class DashboardDay(BaseModel):
    """A day's figures."""

    dt: date
    leads: int
    spend: float
    revenue: float
    sessions: int


class Dashboard(BaseModel):
    """A range in all, by channel and by day, beside the goals whose periods it touches."""

    kpis: DashboardKpi
    channels: list[ChannelFigures]
    trend: list[DashboardDay]
    goals: list[dict[str, Any]]


class ChannelDashboard(Dashboard):
    """The same of one channel, which is the only one of `channels`, and its campaigns."""

    campaigns: list[Campaign]
