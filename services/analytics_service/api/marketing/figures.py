"""Routes of the figures of leads and ads, in total and by day."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.marketing_query import PlatformsQuery
from services.analytics_service.api.marketing.shapes import Kpi, LeadDay, MetricDay, SpendDay
from services.analytics_service.store.marketing import (
    get_lead_trend,
    get_marketing_kpi,
    get_metric_trend,
    get_spend_trend,
)

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get(
    "/dashboard/v5/kpi", summary="Leads, contracts and spend", response_model=None, responses={200: {"model": Kpi}}
)
async def kpi(request: Request, query: PlatformsQuery) -> Response:
    """Return the leads created in the range, their contracts and revenue whenever signed, and the range's ad spend."""
    return await answered(request, query, get_marketing_kpi)


@router.get(
    "/dashboard/v5/trend/leads",
    summary="Leads by day",
    response_model=None,
    responses={200: {"model": list[LeadDay]}},
)
async def leads_by_day(request: Request, query: PlatformsQuery) -> Response:
    """Return one row per day; days without data have zeros."""
    return await answered(request, query, get_lead_trend)


@router.get(
    "/dashboard/v5/trend/spend",
    summary="Spend by day",
    response_model=None,
    responses={200: {"model": list[SpendDay]}},
)
async def spend_by_day(request: Request, query: PlatformsQuery) -> Response:
    """Return one row per day; days without data have zeros."""
    return await answered(request, query, get_spend_trend)


@router.get(
    "/campaigns/v7/metrics/trend",
    summary="Ad figures by day",
    response_model=None,
    responses={200: {"model": list[MetricDay]}},
)
async def metrics_by_day(request: Request, query: PlatformsQuery) -> Response:
    """Return one row per day, with the costs per lead, click and thousand impressions; days without data have zeros."""
    return await answered(request, query, get_metric_trend)
