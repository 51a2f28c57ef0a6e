"""Routes of the marketing dashboards: of the whole company, and of one channel."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.callers import OwnCompanyReader
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.dashboard_shapes import ChannelDashboard, Dashboard
from services.analytics_service.api.marketing.marketing_query import AllPlatformsQuery
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.domain.goals import GoalProgress
from services.analytics_service.store.channels import (
    get_channel_campaigns,
    get_channel_figures,
    get_channel_trend,
    get_dashboard_trend,
)
from services.analytics_service.store.goals import goals_of_days
from services.analytics_service.store.marketing import get_unconverted

router = APIRouter(tags=["marketing"], prefix="/api/analytics")

_ZEROS = {"sessions": 0, "leads": 0, "contracts": 0, "revenue": 0, "spend": 0, "cpl": 0, "roas": 0}
_ChannelId = Annotated[
    str,
    Path(
        max_length=100,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
        description="GA4's default channel group as a slug, such as `paid-search`",
    ),
]


@router.get(
    "/dashboard/{org_id}",  # noqa: FAST003 -- read by OwnCompanyReader
    summary="The dashboard",
    response_model=None,
    responses={200: {"model": Dashboard}},
)
async def dashboard(request: Request, caller: OwnCompanyReader, query: AllPlatformsQuery) -> Response:
    """Return the range's totals, its days, its goals and its channels by leads, then sessions and name.

    Ads name no channel. All of a campaign's spend in the range goes to the channel that brought most of its leads in
    the range (on a tie, the first by name). The spend of a campaign without leads goes to the channel to which its
    platform's ads bring visits: `paid-search` for google, `paid-social` for meta and tiktok, `paid-shopping` for shopee
    and lazada, `paid-other` for a platform without a rule. So every lead and all spend belong to exactly one channel,
    and the channels add up to `kpis`, apart from rounding each amount to cents.
    """
    # Read before the connection is taken: requests that hold one connection and wait for a second could deadlock.
    tenant_id, days, today = caller.tenant_id, await query.days(), await query.today()
    async with context_of(request).db.of(caller, readonly=True) as connection:
        kpis, trend = await get_dashboard_trend(connection, tenant_id, days)
        kpis["unconverted"] = await get_unconverted(connection, tenant_id, days)
        channels = await get_channel_figures(connection, tenant_id, days)
        progress = await GoalProgress.open(connection, tenant_id, today)
        goals = await progress.of_all(await goals_of_days(connection, tenant_id, days))
        quality = await quality_header(connection, tenant_id, days)
    kpis["sessions"] = sum(row["sessions"] for row in channels)
    return etagged(request, {"kpis": kpis, "channels": channels, "trend": trend, "goals": goals}, quality)


@router.get(
    "/channel/{channel_id}",
    summary="A channel's dashboard",
    response_model=None,
    responses={200: {"model": ChannelDashboard}},
)
async def channel_dashboard(request: Request, channel_id: _ChannelId, query: AllPlatformsQuery) -> Response:
    """Return the dashboard's figures of one channel, and its campaigns by spend, then leads, platform and name.

    The campaigns are those that brought leads to the channel (only these leads are counted) and those whose spend goes
    to the channel; they add up to `kpis`. Only this channel's goals are included, not those of a platform or of the
    whole company. `unconverted` is the whole company's, because that money cannot be assigned to a channel. A channel
    without data is answered with zeros and empty lists.
    """
    tenant_id, days, today = query.caller.tenant_id, await query.days(), await query.today()
    async with context_of(request).db.of(query.caller, readonly=True) as connection:
        unconverted = await get_unconverted(connection, tenant_id, days)
        campaigns = await get_channel_campaigns(connection, tenant_id, days, channel_id)
        trend = await get_channel_trend(connection, tenant_id, days, channel_id, campaigns.ads)
        progress = await GoalProgress.open(connection, tenant_id, today)
        sessions = (await progress.channel_totals(days, channel_id))["sessions"]
        of_channel = await goals_of_days(connection, tenant_id, days, channel_id)
        goals = await progress.of_all([goal for goal in of_channel if progress.is_of_channel(goal)])
        quality = await quality_header(connection, tenant_id, days)
    figures: dict[str, Any] = {**_ZEROS, **(campaigns.sums or {}), "sessions": sessions}
    channels = [{"channel": channel_id, **figures}] if campaigns.sums or sessions else []
    kpis = {("n_contracts" if name == "contracts" else name): figures[name] for name in _ZEROS}
    kpis["unconverted"] = unconverted
    answer = {
        "kpis": kpis,
        "channels": channels,
        "trend": trend,
        "goals": goals,
        "campaigns": campaigns.rows,
    }
    return etagged(request, answer, quality)
