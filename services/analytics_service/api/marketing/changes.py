"""Numbers with history: what became of figures after their day was complete."""

from datetime import date, datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from common.http.context import context_of
from common.pagination import Page, page_answer
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import Asking
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.figure_changes import list_figure_changes

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


class FigureChange(BaseModel):
    """A figure of a platform's day that became another one."""

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
    was: float = Field(alias="from")
    became: float = Field(alias="to")
    difference: float
    reason: Literal["restatement", "late_rows", "rates", "rule_change", "rebuild"]


class FigureChanges(BaseModel):
    """A page of them."""

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
async def changes(request: Request, asked: Asking, page: Page) -> Response:
    """Of the days of the range, the newest change first. A day is complete from the midnight that ends it.

    Why: `restatement`: the platform told its ads otherwise; `late_rows`: leads or contracts came, went or changed;
    `rates`: money is worth something else; `rule_change`: other rules of platforms; `rebuild`: the day was made anew.
    """
    days = await asked.days()
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        rows, total = await list_figure_changes(connection, asked.caller.tenant_id, days, asked.platforms, page)
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    return etagged(request, page_answer(rows, total, page), quality)
