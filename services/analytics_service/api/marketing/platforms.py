"""Routes that list leads by platform and source."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.db import Connection
from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.marketing_query import Limit, PlatformsQuery
from services.analytics_service.api.marketing.shapes import PaidSplit, PlatformShare, UtmSource
from services.analytics_service.domain.share_out import share_out
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing import (
    Platforms,
    Rows,
    get_paid_split,
    get_platform_leads,
    get_utm_sources,
)

router = APIRouter(tags=["marketing"], prefix="/api/analytics/sales")


@router.get(
    "/v5/share/platforms",
    summary="Each platform's share of leads",
    response_model=None,
    responses={200: {"model": list[PlatformShare]}},
)
async def shares(request: Request, query: PlatformsQuery) -> Response:
    """List platforms by leads. Shares add up to exactly 100.0 (largest remainder); without leads, all are 0."""
    return await answered(request, query, _shares)


async def _shares(connection: Connection, tenant_id: UUID, days: DateRange, platforms: Platforms) -> Rows:
    rows = await get_platform_leads(connection, tenant_id, days, platforms)
    percentages = share_out([row["leads"] for row in rows])
    return [row | {"share_pct": share} for row, share in zip(rows, percentages, strict=True)]


@router.get(
    "/v5/utm-sources",
    summary="Leads by platform and source",
    response_model=None,
    responses={200: {"model": list[UtmSource]}},
)
async def utm_sources(request: Request, query: PlatformsQuery, limit: Limit = 50) -> Response:
    """List sources by leads, then revenue, platform and source. `utm_source` is null for leads without a source."""
    return await answered(request, query, get_utm_sources, limit)


@router.get(
    "/v6/leads/paid-split/platforms",
    summary="Paid and organic leads by platform",
    response_model=None,
    responses={200: {"model": list[PaidSplit]}},
)
async def paid_split(request: Request, query: PlatformsQuery) -> Response:
    """List platforms by leads; the two shares add up to 100.0. Platforms without leads are not listed."""
    return await answered(request, query, get_paid_split)
