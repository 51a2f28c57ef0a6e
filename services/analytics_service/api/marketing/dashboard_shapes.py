"""The shapes of the dashboards' answers, for the OpenAPI document; the routes themselves answer plain values."""

from datetime import date
from typing import Any

from pydantic import BaseModel

from services.analytics_service.api.marketing.shapes import Campaign, Kpi


class DashboardKpi(Kpi):
    """A range's figures, and its website sessions."""

    sessions: int


class ChannelFigures(BaseModel):
    """A channel's figures; `spend` is that of the campaigns whose spend goes to this channel."""

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
    """A range's totals, by channel and by day, and the goals whose periods overlap it."""

    kpis: DashboardKpi
    channels: list[ChannelFigures]
    trend: list[DashboardDay]
    goals: list[dict[str, Any]]


class ChannelDashboard(Dashboard):
    """The same for one channel, which is the only entry of `channels`, with its campaigns."""

    campaigns: list[Campaign]
