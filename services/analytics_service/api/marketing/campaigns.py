"""Routes that list campaigns. Each platform's leads without a campaign have a row whose `campaign_name` is null."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.marketing_query import Limit, PlatformsQuery
from services.analytics_service.api.marketing.shapes import Campaign, ChangedCampaign, ScatteredCampaign
from services.analytics_service.store.marketing import get_campaign_changes, get_campaign_scatter, get_campaigns

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get("/sales/v5/campaigns", summary="Campaigns", response_model=None, responses={200: {"model": list[Campaign]}})
async def campaigns(request: Request, query: PlatformsQuery, limit: Limit = 50) -> Response:
    """List campaigns by spend, then leads, platform and name. Two campaigns with the same name are two rows."""
    return await answered(request, query, get_campaigns, limit)


@router.get(
    "/campaigns/v5/campaigns/wow",
    summary="Campaigns compared with the previous period",
    response_model=None,
    responses={200: {"model": list[ChangedCampaign]}},
)
async def changes(request: Request, query: PlatformsQuery, limit: Limit = 20) -> Response:
    """Compare the range with the equally long period before it; the largest change in leads, up or down, comes first.

    `leads_diff_pct` is 0 if there were no leads before.
    """
    days = await query.days()
    length = (days.end - days.start).days + 1
    return await answered(request, query, get_campaign_changes, limit, days_before=length)


@router.get(
    "/campaigns/v5/campaigns/scatter-matrix",
    summary="Campaigns with at least three leads",
    response_model=None,
    responses={200: {"model": list[ScatteredCampaign]}},
)
async def scatter_matrix(request: Request, query: PlatformsQuery, limit: Limit = 50) -> Response:
    """List campaigns by leads, then spend, platform and name."""
    return await answered(request, query, get_campaign_scatter, limit)
