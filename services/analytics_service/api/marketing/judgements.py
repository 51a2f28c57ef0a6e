"""What is to be thought of campaigns: recommendations, anomalies, categories. What belongs to none is not judged."""

from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import Asking, Limit
from services.analytics_service.api.marketing.shapes import Anomaly, CategorisedCampaign, Recommendation
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.domain.categorise_campaigns import categorise_campaigns
from services.analytics_service.domain.find_anomalies import find_anomalies
from services.analytics_service.domain.mature_days import mature_days
from services.analytics_service.domain.recommend_budget import recommend_budget
from services.analytics_service.store.campaigns import (
    get_campaign_baselines,
    get_campaign_totals,
    get_conversion_lag,
)
from services.analytics_service.store.day_range import DateRange

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get(
    "/sales/v6/reco/budget",
    summary="Campaigns to pause, to scale and to leave",
    response_model=None,
    responses={200: {"model": list[Recommendation]}},
)
async def budget(request: Request, asked: Asking, limit: Limit = 10) -> Response:
    """Those to pause first, then those to scale, each by confidence; every campaign with spend has one.

    Days that are younger than the tenant's conversion lag are left out: the days within which four in five of the
    latest 500 contracts were signed, at most 30.
    """
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        tenant_id, today = asked.caller.tenant_id, await asked.today(connection)
        days = await asked.days(connection)
        mature = mature_days(days, today, await get_conversion_lag(connection, tenant_id, today))
        totals = await get_campaign_totals(connection, tenant_id, mature, asked.platforms) if mature else []
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    return etagged(request, recommend_budget(totals)[:limit], quality)


@router.get(
    "/campaigns/v5/campaigns/anomalies",
    summary="Campaigns that do otherwise than before",
    response_model=None,
    responses={200: {"model": list[Anomaly]}},
)
async def anomalies(request: Request, asked: Asking, limit: Limit = 20) -> Response:
    """Against each campaign's own 30 days before the range; high ones first, then by spend.

    Days to come are not counted. A campaign that is younger than 30 days is held against those since its first.
    """
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        meant = await asked.days(connection)
        days = _until(meant, await asked.today(connection))
        quality = await quality_header(connection, asked.caller.tenant_id, meant)
        baselines = (
            await get_campaign_baselines(connection, asked.caller.tenant_id, days, asked.platforms) if days else []
        )
    return etagged(request, find_anomalies(baselines, days)[:limit] if days else [], quality)


def _until(days: DateRange, today: date) -> DateRange | None:
    """The days of the range that have begun."""
    return DateRange(days.start, min(days.end, today)) if days.start <= today else None


@router.get(
    "/campaigns/v7/insights/campaign-performance",
    summary="Campaigns with contracts, by how they do",
    response_model=None,
    responses={200: {"model": list[CategorisedCampaign]}},
)
async def performance(request: Request, asked: Asking, limit: Limit = 50) -> Response:
    """By category, then revenue. The medians are those of all the tenant's campaigns with contracts in the range."""
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        days = await asked.days(connection)
        totals = await get_campaign_totals(connection, asked.caller.tenant_id, days, None)
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    return etagged(request, categorise_campaigns(totals, asked.platforms)[:limit], quality)
