"""What is to be thought of campaigns: recommendations, anomalies, categories. What belongs to none is not judged."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.db import Connection
from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.asked import Asking, Limit
from services.analytics_service.api.marketing.shapes import Anomaly, CategorisedCampaign, Recommendation
from services.analytics_service.domain.await_contracts import await_contracts
from services.analytics_service.domain.categorise_campaigns import categorise_campaigns
from services.analytics_service.domain.daily_spend import daily_spend
from services.analytics_service.domain.find_anomalies import BASELINE_DAYS, find_anomalies
from services.analytics_service.domain.mature_days import mature_days, young_days
from services.analytics_service.domain.recommend_budget import recommend_budget
from services.analytics_service.store.campaigns import (
    get_campaign_baselines,
    get_campaign_totals,
    get_conversion_lag,
    get_spend_lately,
    has_contracts,
)
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import Platforms

router = APIRouter(tags=["marketing"], prefix="/api/analytics")
# By so many days it is said what a campaign spends now.
_NOW_DAYS: Final = 7


@router.get(
    "/sales/v6/reco/budget",
    summary="Campaigns to pause, to scale and to leave",
    response_model=None,
    responses={200: {"model": list[Recommendation]}},
)
async def budget(request: Request, asked: Asking, limit: Limit = 10) -> Response:
    """Those to pause first, then those to scale, each by confidence; every campaign with spend has one.

    Days that are younger than the tenant's conversion lag are left out: the days within which four in five of the
    latest 500 contracts were signed, at most 30. Campaigns with spend on younger days only stand last, with `held_by`
    `days`, and `reason` says that they cannot be judged yet.
    """
    # (which contracts were signed last, no range tells)
    return await answered(request, asked, _budget, limit, await asked.today(), on_any_day=True)


async def _budget(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int, today: date
) -> list[Any]:
    lag = await get_conversion_lag(connection, tenant_id, today)
    mature, young = mature_days(days, today, lag), young_days(days, today, lag)
    totals = await get_campaign_totals(connection, tenant_id, mature, platforms) if mature else []
    so_many = (mature.end - mature.start).days + 1 if mature else 0
    rows = recommend_budget(totals, so_many, knows_contracts=await has_contracts(connection, tenant_id))
    if young:
        too_young = await get_campaign_totals(connection, tenant_id, young, platforms)
        rows += await_contracts(too_young, totals, rows, so_many, lag)
    end = min(days.end, today - timedelta(days=1))
    lately = DateRange(max(days.start, end - timedelta(days=_NOW_DAYS - 1)), end)
    spent = daily_spend(await get_spend_lately(connection, tenant_id, lately, platforms))
    return [
        {
            **one,
            "first_day": mature.start if mature else None,
            "last_day": mature.end if mature else None,
            "daily_spend": spent(one["platform"], one["campaign_ref"]),
        }
        for one in rows[:limit]
    ]


@router.get(
    "/campaigns/v5/campaigns/anomalies",
    summary="Campaigns that do otherwise than before",
    response_model=None,
    responses={200: {"model": list[Anomaly]}},
)
async def anomalies(request: Request, asked: Asking, limit: Limit = 20) -> Response:
    """Against each campaign's own 30 days before the range; high ones first, then by spend.

    A campaign that began within these days is compared with the days since its first. Days to come are not counted.
    """
    # (how young a campaign is, a row of any earlier day may change)
    today = await asked.today()
    return await answered(request, asked, _anomalies, limit, today, days_before=BASELINE_DAYS, on_any_day=True)


async def _anomalies(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int, today: date
) -> list[Any]:
    begun = _until(days, today)
    if begun is None:
        return []
    return find_anomalies(await get_campaign_baselines(connection, tenant_id, begun, platforms), begun)[:limit]


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
    return await answered(request, asked, _performance, limit)


async def _performance(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> list[Any]:
    return categorise_campaigns(await get_campaign_totals(connection, tenant_id, days, None), platforms)[:limit]
