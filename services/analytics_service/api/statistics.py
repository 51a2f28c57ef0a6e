"""The route of the website dashboard's statistics."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.answers import Answer, Span
from common.db import Connection
from services.analytics_service.api.cached import QualityScope, cached
from services.analytics_service.api.callers import Reader
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.api.query import Day, LocationId
from services.analytics_service.api.shapes import Statistics
from services.analytics_service.api.today import Today
from services.analytics_service.domain.change import changes
from services.analytics_service.domain.date_range import date_range
from services.analytics_service.domain.task_change import lies_within
from services.analytics_service.errors import BranchNotYours
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.statistics import get_breakdown, get_periods

router = APIRouter(tags=["statistics"])

_BREAKDOWNS = {
    "daily": "get_daily_statistics",
    "top_products": "get_top_products",
    "top_search_terms": "get_top_search_terms",
    "by_location": "get_location_statistics",
}


@router.get(
    "/analytics/stats", summary="Dashboard statistics", response_model=None, responses={200: {"model": Statistics}}
)
async def statistics(
    request: Request,
    caller: Reader,
    todays: Today,
    start_date: Day = None,
    end_date: Day = None,
    location_id: LocationId = None,
) -> Response:
    """The figures of a range, for the company or one branch, compared with the equally long period before.

    A rep who has the scope `analytics:read` must name one of their own branches.
    """
    if not lies_within(location_id, caller.readable_branches):
        message = "location_id must name one of your own branches"
        raise BranchNotYours(message)
    days = date_range(start_date, end_date, end_date or await todays.of(caller))
    return await cached(
        request, caller, (days, location_id), _with_previous_period(days), _statistics, _quality_scope(days)
    )


def _with_previous_period(days: DateRange) -> Span:
    """The days of the range and of the equally long period before it."""
    return Span(days.start - timedelta(days=_quality_scope(days).days_before), days.end)


def _quality_scope(days: DateRange) -> QualityScope:
    return QualityScope(days, (days.end - days.start).days + 1)


async def _statistics(connection: Connection, tenant_id: UUID, asked: tuple[DateRange, str | None]) -> Answer:
    days, location_id = asked
    current, previous = await get_periods(connection, tenant_id, days, location_id)
    breakdowns: dict[str, Any] = {
        name: await get_breakdown(connection, function, tenant_id, days, location_id)
        for name, function in _BREAKDOWNS.items()
    }
    content: dict[str, Any] = {
        "period": {
            "start_date": days.start,
            "end_date": days.end,
            "previous_start_date": previous.days.start,
            "previous_end_date": previous.days.end,
        },
        "current": current.figures,
        "previous": previous.figures,
        "change_pct": changes(current.figures, previous.figures),
        "unconverted": {
            "rows": current.unconverted_rows,
            "by_currency": current.unconverted or {},
            "days": current.unconverted_days,
        },
        **breakdowns,
    }
    return Answer.of(content, await quality_header(connection, tenant_id, *_quality_scope(days)))
