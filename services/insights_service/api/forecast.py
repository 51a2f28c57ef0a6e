"""`GET /insights/forecast`: what a metric will probably be."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from common.http.context import Context
from common.http.json import JsonAnswer
from services.insights_service.api.callers import Reader
from services.insights_service.domain.forecast_days import ForecastMetric, forecast_days
from services.insights_service.domain.look import Look
from services.insights_service.errors import AnalyticsAway, FiguresAway, ForecastNotOfChannel
from services.insights_service.sources.day_values import has_days
from services.insights_service.store.tenants import get_tenant

router = APIRouter(tags=["forecast"])

Channel = Annotated[
    str | None,
    Query(
        max_length=100,
        pattern="^[a-z0-9_.-]+$",
        description="GA4's default channel group as a slug, such as `paid-search`, or a platform of leads and ads, such"
        " as `meta`; none: the whole company",
    ),
]


class ForecastDay(BaseModel):
    """A day to come: what is to be expected, and between what it lies in 80 and in 95 of 100 cases."""

    dt: date
    mean: float
    lo80: float
    hi80: float
    lo95: float
    hi95: float


@router.get(
    "/insights/forecast",
    summary="What a metric will probably be",
    response_model=None,
    responses={200: {"model": list[ForecastDay]}},
)
async def get_forecast(
    caller: Reader,
    context: Context,
    metric: ForecastMetric = "leads",
    channel: Channel = None,
    horizon: Annotated[int, Query(ge=1, le=90, description="how many days")] = 30,
) -> JsonAnswer:
    """A day each from today on, in the tenant's days; no day where there was nothing yet.

    Revenue is that of the leads of a day, when they have had the time to become contracts; online revenue is the
    website's. Of a platform there are leads and spend, purchases and online revenue of the whole company alone (422).
    The last days that a source has not told yet, or since which it is late, are no days of nothing: they are bridged.
    """
    if not has_days(metric, channel):
        raise ForecastNotOfChannel.of("channel", f"{metric} of {channel} are not known by the day")
    async with context.db.of(caller, readonly=True) as connection:
        tenant = await get_tenant(connection, caller.tenant_id)
    try:
        days = await forecast_days(Look(context, caller.tenant_id), metric, channel, horizon, tenant.today)
    except AnalyticsAway as away:
        raise FiguresAway(str(away)) from away
    return JsonAnswer(days)
