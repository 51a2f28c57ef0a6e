"""The dashboard: of the whole company, and of one channel."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from common.db import Connection
from common.http.context import context_of
from services.analytics_service.api.callers import OwnCompanyReader
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import AskingOfAll
from services.analytics_service.api.marketing.dashboard_shapes import ChannelDashboard, Dashboard
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.domain.goals import Standings
from services.analytics_service.store.channels import (
    get_channel_campaigns,
    get_channel_figures,
    get_channel_trend,
    get_dashboard_trend,
)
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.goals import goals_of_days
from services.analytics_service.store.marketing import get_unconverted

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


@router.get(
    "/dashboard/{org_id}",  # noqa: FAST003 -- read by OwnCompanyReader
    summary="The dashboard",
    response_model=None,
    responses={200: {"model": Dashboard}},
)
async def dashboard(request: Request, caller: OwnCompanyReader, asked: AskingOfAll) -> Response:
    """Channels by leads, then sessions and name.

    Ads name no channel. What a campaign cost in the range is all of the channel by which most of its leads of the
    range came (of equals the first by name); of a campaign without leads, of the channel that its platform's ads bring
    visits by: `paid-search` for google, `paid-social` for meta and tiktok, `paid-shopping` for shopee and lazada,
    `paid-other` for a platform that no rule knows. So every lead and all spend are of one channel, and channels add up
    to `kpis`, but for the cent by which each amount is rounded by itself.
    """
    # (before a connection is held: who waits for a second one may wait for others who do)
    tenant_id, days, today = caller.tenant_id, await asked.days(), await asked.today()
    async with context_of(request).db.of(caller, readonly=True) as connection:
        kpis, trend = await get_dashboard_trend(connection, tenant_id, days)
        kpis["unconverted"] = await get_unconverted(connection, tenant_id, days)
        channels = await get_channel_figures(connection, tenant_id, days)
        goals = await _goals(connection, tenant_id, days, today)
        quality = await quality_header(connection, tenant_id, days)
    kpis["sessions"] = sum(row["sessions"] for row in channels)
    return etagged(request, {"kpis": kpis, "channels": channels, "trend": trend, "goals": goals}, quality)


@router.get(
    "/channel/{channel_id}",
    summary="A channel's dashboard",
    response_model=None,
    responses={200: {"model": ChannelDashboard}},
)
async def channel_dashboard(request: Request, channel_id: _ChannelId, asked: AskingOfAll) -> Response:
    """The dashboard's figures of one channel, and its campaigns by spend, then leads, platform and name.

    Campaigns are those that brought the channel leads, of which these are counted here, and those whose spend is the
    channel's; they add up to `kpis`. Goals are those of this channel, not those of a platform or of all.
    `unconverted` is the whole company's, since of which channel it is nobody says. A channel without data is answered
    in zeros and empty lists.
    """
    tenant_id, days, today = asked.caller.tenant_id, await asked.days(), await asked.today()
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        unconverted = await get_unconverted(connection, tenant_id, days)
        campaigns = await get_channel_campaigns(connection, tenant_id, days, channel_id)
        trend = await get_channel_trend(connection, tenant_id, days, channel_id, campaigns.ads)
        goals = await _goals(connection, tenant_id, days, today, channel_id)
        quality = await quality_header(connection, tenant_id, days)
    sessions = sum(row["sessions"] for row in trend)
    figures: dict[str, Any] = {**_NOTHING, **(campaigns.sums or {}), "sessions": sessions}
    own = [{"channel": channel_id, **figures}] if campaigns.sums or sessions else []
    kpis = {("n_contracts" if name == "contracts" else name): figures[name] for name in _NOTHING}
    kpis["unconverted"] = unconverted
    answer = {
        "kpis": kpis,
        "channels": own,
        "trend": trend,
        "goals": goals,
        "campaigns": campaigns.rows,
    }
    return etagged(request, answer, quality)


async def _goals(
    connection: Connection, tenant_id: UUID, days: DateRange, day: date, channel: str | None = None
) -> list[dict[str, Any]]:
    """The goals whose periods touch the range, as they stand today; of a channel its own, not those of a platform."""
    standings = await Standings.open(connection, tenant_id, day)
    goals = await goals_of_days(connection, tenant_id, days, channel)
    return await standings.of_all([goal for goal in goals if channel is None or standings.is_of_channel(goal)])
