"""What leads and ads come to, in all and by day."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.asked import Asking
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
async def kpi(request: Request, asked: Asking) -> Response:
    """The leads created in the range, what they brought whenever they did, and what ads cost in it."""
    return await answered(request, asked, get_marketing_kpi)


@router.get(
    "/dashboard/v5/trend/leads",
    summary="Leads by day",
    response_model=None,
    responses={200: {"model": list[LeadDay]}},
)
async def leads_by_day(request: Request, asked: Asking) -> Response:
    """One row a day; days without data are zeros."""
    return await answered(request, asked, get_lead_trend)


@router.get(
    "/dashboard/v5/trend/spend",
    summary="Spend by day",
    response_model=None,
    responses={200: {"model": list[SpendDay]}},
)
async def spend_by_day(request: Request, asked: Asking) -> Response:
    """One row a day; days without data are zeros."""
    return await answered(request, asked, get_spend_trend)


@router.get(
    "/campaigns/v7/metrics/trend",
    summary="The figures of ads by day",
    response_model=None,
    responses={200: {"model": list[MetricDay]}},
)
async def metrics_by_day(request: Request, asked: Asking) -> Response:
    """One row a day, with what a lead, a click and a thousand impressions cost; days without data are zeros."""
    return await answered(request, asked, get_metric_trend)
