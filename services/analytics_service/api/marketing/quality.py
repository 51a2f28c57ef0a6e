"""How far marketing's figures are to be trusted, with every day of it."""

from datetime import date, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import AskingOfAll
from services.analytics_service.domain.quality_notes import quality_in_full
from services.analytics_service.store.data_quality import get_data_quality

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


class CountedDays(BaseModel):
    """Days, and how many they are."""

    total: int
    days: list[date]


class DroppedBefore(BaseModel):
    """The first day of which there are figures by day, and events; null: the range begins no earlier."""

    days: date | None
    events: date | None


class Quality(BaseModel):
    """Of the days of the range; the shares are percent of them."""

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
    summary="How far figures are to be trusted",
    response_model=None,
    responses={200: {"model": Quality}},
)
async def quality(request: Request, asked: AskingOfAll) -> Response:
    """What the header `X-Data-Quality` of the other calls says in short.

    `fresh_as_of`: when rows were last brought into the answers, `is_waiting`: some are not in them yet;
    `provisional_days`: the first and last that may still be told otherwise by a connected source, today and later among
    them; then the days whose numbers their vendor calls sampled or thresholded, and those with money that has no rate.
    `dropped_before`: what of the range has left by age; whole months are in sums still, single days before are not.
    """
    days = await asked.days()
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        found = await get_data_quality(connection, asked.caller.tenant_id, days)
    return etagged(request, quality_in_full(found, days))
