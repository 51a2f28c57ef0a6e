"""Lists of campaigns. What belongs to none has a row per platform, whose `campaign_name` is null."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.asked import Asking, Limit
from services.analytics_service.api.marketing.shapes import Campaign, ChangedCampaign, ScatteredCampaign
from services.analytics_service.store.marketing import get_campaign_changes, get_campaign_scatter, get_campaigns

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get("/sales/v5/campaigns", summary="Campaigns", response_model=None, responses={200: {"model": list[Campaign]}})
async def campaigns(request: Request, asked: Asking, limit: Limit = 50) -> Response:
    """By spend, then leads, platform and name. Two campaigns of one name are two rows."""
    return await answered(request, asked, get_campaigns, limit)


@router.get(
    "/campaigns/v5/campaigns/wow",
    summary="Campaigns beside the period before",
    response_model=None,
    responses={200: {"model": list[ChangedCampaign]}},
)
async def changes(request: Request, asked: Asking, limit: Limit = 20) -> Response:
    """The range and the equally long one before it; those first whose leads changed most in number, up or down.

    `leads_diff_pct` is 0 where there were no leads before.
    """
    days = await asked.days()
    as_long = (days.end - days.start).days + 1
    return await answered(request, asked, get_campaign_changes, limit, days_before=as_long)


@router.get(
    "/campaigns/v5/campaigns/scatter-matrix",
    summary="Campaigns with at least three leads",
    response_model=None,
    responses={200: {"model": list[ScatteredCampaign]}},
)
async def scatter_matrix(request: Request, asked: Asking, limit: Limit = 50) -> Response:
    """By leads, then spend, platform and name."""
    return await answered(request, asked, get_campaign_scatter, limit)
