"""`GET /insights/forecast`: the forecast of a metric by day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from common.http.context import Context
from common.http.json import JsonAnswer
from services.insights_service.api.callers import Reader
from services.insights_service.domain.forecast_days import LONGEST, ForecastMetric, forecast_days
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
        description="A GA4 default channel group as a slug, such as `paid-search`, or a platform of leads and ads, such"
        " as `meta`. Without it, the whole company.",
    ),
]


class ForecastDay(BaseModel):
    """The forecast of a day: its mean, and the 80 % and 95 % intervals."""

    dt: date
    mean: float
    lo80: float
    hi80: float
    lo95: float
    hi95: float


@router.get(
    "/insights/forecast",
    summary="Forecast of a metric",
    response_model=None,
    responses={200: {"model": list[ForecastDay]}},
)
async def get_forecast(
    caller: Reader,
    context: Context,
    metric: ForecastMetric = "leads",
    channel: Channel = None,
    horizon: Annotated[int, Query(ge=1, le=LONGEST, description="The number of days.")] = 30,
) -> JsonAnswer:
    """Forecast a metric for each day from today on, in the tenant's time zone; empty if it has no history.

    `revenue` is that of a day's leads once they have had the time to become contracts; `online_revenue` is that of the
    website. Platforms have `leads` and `spend` only, and `purchases` and `online_revenue` are known for the whole
    company only; anything else is 422. The last days that sources have not reported yet are forecast as well, not
    taken for zeros.
    """
    if not has_days(metric, channel):
        raise ForecastNotOfChannel.of("channel", f"{metric} is not available by day for {channel}")
    async with context.db.of(caller, readonly=True) as connection:
        tenant = await get_tenant(connection, caller.tenant_id)
    try:
        days = await forecast_days(Look(context, caller.tenant_id), metric, channel, horizon, tenant.today)
    except AnalyticsAway as away:
        raise FiguresAway(str(away)) from away
    return JsonAnswer(days)
