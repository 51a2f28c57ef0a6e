"""The route that describes the quality of marketing's figures, with every day concerned."""

from datetime import date, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.marketing_query import AllPlatformsQuery
from services.analytics_service.domain.quality_notes import quality_in_full
from services.analytics_service.store.data_quality import get_data_quality

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


class CountedDays(BaseModel):
    """A list of days, and its length."""

    total: int
    days: list[date]


class DroppedBefore(BaseModel):
    """The first day with daily figures, and with events; null if the range does not begin before it."""

    days: date | None
    events: date | None


class Quality(BaseModel):
    """The quality of the range's figures; the shares are in percent of its days."""

    fresh_as_of: datetime | None
    is_waiting: bool
    provisional_days: tuple[date, date] | None
    sampled_share: float
    thresholded_share: float
    unconverted_days: CountedDays
    dropped_before: DroppedBefore
    sampled_days: list[date]
    thresholded_days: list[date]


@router.get(
    "/quality",
    summary="Quality of the figures",
    response_model=None,
    responses={200: {"model": Quality}},
)
async def quality(request: Request, query: AllPlatformsQuery) -> Response:
    """Return in full what the header `X-Data-Quality` of the other calls summarizes.

    `fresh_as_of`: the last refresh; `is_waiting`: some rows are in no answer yet; `provisional_days`: the first and
    last day that a connected source may still restate, including today and later; then the days that their vendor
    reports as sampled or thresholded, and those with money that has no exchange rate. `dropped_before`: if the range
    begins before it, the first day with daily figures and with events. Sums of whole months still include dropped days.
    """
    days = await query.days()
    async with context_of(request).db.of(query.caller, readonly=True) as connection:
        found = await get_data_quality(connection, query.caller.tenant_id, days)
    return etagged(request, quality_in_full(found, days))
