"""The dashboard: of the whole company, and of one channel."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import AskingOfAll
from services.analytics_service.api.marketing.dashboard_shapes import ChannelDashboard, Dashboard
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.errors import OrganizationNotYours
from services.analytics_service.store.channels import (
    get_channel_campaigns,
    get_channel_figures,
    get_channel_trend,
    get_dashboard_trend,
)
from services.analytics_service.store.marketing import get_marketing_kpi

router = APIRouter(tags=["marketing"], prefix="/api/analytics")

_NOTHING = {"sessions": 0, "leads": 0, "contracts": 0, "revenue": 0, "spend": 0, "cpl": 0, "roas": 0}
_ChannelId = Annotated[
    str,
    Path(
        max_length=100,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
        description="GA4's default channel group as a slug, such as `paid-search`",
    ),
]


@router.get("/dashboard/{org_id}", summary="The dashboard", response_model=None, responses={200: {"model": Dashboard}})
async def dashboard(request: Request, org_id: UUID, asked: AskingOfAll) -> Response:
    """Channels by leads, then sessions and name.

    Ads name no channel. What a campaign cost in the range is all of the channel by which most of its leads of the
    range came (of equals the first by name); of a campaign without leads, of the channel that its platform's ads bring
    visits by: `paid-search` for google, `paid-social` for meta and tiktok, `paid-shopping` for shopee and lazada,
    `paid-other` for a platform that no rule knows. So every lead and all spend are of one channel, and channels add up
    to `kpis`, but for the cent by which each amount is rounded by itself.
    """
    if org_id != asked.caller.tenant_id:
        message = "this is another organization than the one that you ask on behalf of"
        raise OrganizationNotYours(message)
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        tenant_id, days = org_id, await asked.days()
        kpis = await get_marketing_kpi(connection, tenant_id, days, None)
        channels = await get_channel_figures(connection, tenant_id, days)
        trend = await get_dashboard_trend(connection, tenant_id, days)
        quality = await quality_header(connection, tenant_id, days)
    kpis["sessions"] = sum(row["sessions"] for row in channels)
    return etagged(request, {"kpis": kpis, "channels": channels, "trend": trend, "goals": _goals()}, quality)


@router.get(
    "/channel/{channel_id}",
    summary="A channel's dashboard",
    response_model=None,
    responses={200: {"model": ChannelDashboard}},
)
async def channel_dashboard(request: Request, channel_id: _ChannelId, asked: AskingOfAll) -> Response:
    """The dashboard's figures of one channel, and its campaigns by spend, then leads, platform and name.

    Campaigns are those that brought the channel leads, of which these are counted here, and those whose spend is the
    channel's; they add up to `kpis`. `unconverted` is the whole company's, since of which channel it is nobody says. A
    channel without data is answered in zeros and empty lists.
    """
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        tenant_id, days = asked.caller.tenant_id, await asked.days()
        whole = await get_marketing_kpi(connection, tenant_id, days, None)
        every = await get_channel_figures(connection, tenant_id, days)
        trend = await get_channel_trend(connection, tenant_id, days, channel_id)
        campaigns = await get_channel_campaigns(connection, tenant_id, days, channel_id)
        quality = await quality_header(connection, tenant_id, days)
    own = [row for row in every if row["channel"] == channel_id]
    figures: dict[str, Any] = own[0] if own else _NOTHING
    kpis = {("n_contracts" if name == "contracts" else name): figures[name] for name in _NOTHING}
    kpis["unconverted"] = whole["unconverted"]
    answer = {"kpis": kpis, "channels": own, "trend": trend, "goals": _goals(), "campaigns": campaigns}
    return etagged(request, answer, quality)


def _goals() -> list[dict[str, Any]]:
    """The goals whose periods touch the range: nobody can set one yet."""
    return []
