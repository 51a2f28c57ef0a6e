"""Routes that judge campaigns: recommendations, anomalies, categories. Leads without a campaign are left out."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.db import Connection
from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.marketing_query import Limit, PlatformsQuery
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
    get_recent_spend,
    has_contracts,
)
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import Platforms

router = APIRouter(tags=["marketing"], prefix="/api/analytics")
# How many days a campaign's present daily spend is averaged over.
_PRESENT_DAYS: Final = 7


@router.get(
    "/sales/v6/reco/budget",
    summary="Campaigns to pause, to scale and to leave as they are",
    response_model=None,
    responses={200: {"model": list[Recommendation]}},
)
async def budget(request: Request, query: PlatformsQuery, limit: Limit = 10) -> Response:
    """Recommend an action for every campaign with spend: first pause, then scale, then monitor, each by confidence.

    Days younger than the tenant's conversion lag are left out. The lag is the number of days within which four in five
    of the latest 500 contracts were signed, at most 30. Campaigns with spend on younger days only come last, with
    `held_by` `days`; their `reason` says that they cannot be judged yet.
    """
    # The conversion lag depends on the latest contracts, whose leads may be of any day.
    return await answered(request, query, _budget, limit, await query.today(), on_any_day=True)


async def _budget(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int, today: date
) -> list[Any]:
    lag = await get_conversion_lag(connection, tenant_id, today)
    mature, young = mature_days(days, today, lag), young_days(days, today, lag)
    totals = await get_campaign_totals(connection, tenant_id, mature, platforms) if mature else []
    mature_count = (mature.end - mature.start).days + 1 if mature else 0
    rows = recommend_budget(totals, mature_count, knows_contracts=await has_contracts(connection, tenant_id))
    if young:
        young_totals = await get_campaign_totals(connection, tenant_id, young, platforms)
        rows += await_contracts(young_totals, totals, rows, mature_count, lag)
    end = min(days.end, today - timedelta(days=1))
    present = DateRange(max(days.start, end - timedelta(days=_PRESENT_DAYS - 1)), end)
    spend_per_day = daily_spend(await get_recent_spend(connection, tenant_id, present, platforms))
    return [
        {
            **row,
            "first_day": mature.start if mature else None,
            "last_day": mature.end if mature else None,
            "daily_spend": spend_per_day(row["platform"], row["campaign_ref"]),
        }
        for row in rows[:limit]
    ]


@router.get(
    "/campaigns/v5/campaigns/anomalies",
    summary="Campaigns that deviate from their baseline",
    response_model=None,
    responses={200: {"model": list[Anomaly]}},
)
async def anomalies(request: Request, query: PlatformsQuery, limit: Limit = 20) -> Response:
    """Compare each campaign with its own 30 days before the range; high severity first, then by spend.

    A campaign that began within these days is compared with the days since its first. Days in the future are not
    counted.
    """
    # A row of any earlier day may change the day on which a campaign began.
    today = await query.today()
    return await answered(request, query, _anomalies, limit, today, days_before=BASELINE_DAYS, on_any_day=True)


async def _anomalies(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int, today: date
) -> list[Any]:
    past_days = _until_today(days, today)
    if past_days is None:
        return []
    return find_anomalies(await get_campaign_baselines(connection, tenant_id, past_days, platforms), past_days)[:limit]


def _until_today(days: DateRange, today: date) -> DateRange | None:
    """Return the days of the range that have begun, or None if none has."""
    return DateRange(days.start, min(days.end, today)) if days.start <= today else None


@router.get(
    "/campaigns/v7/insights/campaign-performance",
    summary="Campaigns with contracts, by performance",
    response_model=None,
    responses={200: {"model": list[CategorisedCampaign]}},
)
async def performance(request: Request, query: PlatformsQuery, limit: Limit = 50) -> Response:
    """List them by category, then revenue. The medians are over all of the tenant's campaigns with contracts."""
    return await answered(request, query, _performance, limit)


async def _performance(
    connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms, limit: int
) -> list[Any]:
    return categorise_campaigns(await get_campaign_totals(connection, tenant_id, days, None), platforms)[:limit]
