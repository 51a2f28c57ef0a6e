"""The route that lists figures that changed after their day was complete."""

from datetime import date, datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from common.http.context import context_of
from common.pagination import Page, page_answer
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.marketing_query import PlatformsQuery
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.figure_changes import list_figure_changes

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


class FigureChange(BaseModel):
    """A change of one figure of a platform's day."""

    day: date
    platform: str
    metric: Literal[
        "leads",
        "contracts",
        "revenue",
        "spend",
        "impressions",
        "clicks",
        "claimed_conversions",
        "claimed_revenue",
    ]
    changed_at: datetime
    old_value: float = Field(alias="from")
    new_value: float = Field(alias="to")
    difference: float
    reason: Literal["restatement", "late_rows", "rates", "rule_change", "rebuild"]


class FigureChanges(BaseModel):
    """A page of changes."""

    data: list[FigureChange]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get(
    "/changes",
    summary="Figures that changed after their day was complete",
    response_model=None,
    responses={200: {"model": FigureChanges}},
)
async def changes(request: Request, query: PlatformsQuery, page: Page) -> Response:
    """List changes of the range's days, the newest first. A day is complete from the midnight that ends it.

    `reason`: `restatement` (the platform restated its ads), `late_rows` (leads or contracts were added, removed or
    changed), `rates` (exchange rates changed), `rule_change` (the rules that assign platforms changed), `rebuild` (the
    day was rebuilt).
    """
    days = await query.days()
    async with context_of(request).db.of(query.caller, readonly=True) as connection:
        rows, total = await list_figure_changes(connection, query.caller.tenant_id, days, query.platforms, page)
        quality = await quality_header(connection, query.caller.tenant_id, days)
    return etagged(request, page_answer(rows, total, page), quality)
