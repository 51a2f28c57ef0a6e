"""Leads by where they came from."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.asked import Asking, Limit
from services.analytics_service.api.marketing.shapes import PaidSplit, PlatformShare, UtmSource
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.domain.share_out import share_out
from services.analytics_service.store.marketing import get_paid_split, get_platform_leads, get_utm_sources

router = APIRouter(tags=["marketing"], prefix="/api/analytics/sales")


@router.get(
    "/v5/share/platforms",
    summary="Each platform's share of leads",
    response_model=None,
    responses={200: {"model": list[PlatformShare]}},
)
async def shares(request: Request, asked: Asking) -> Response:
    """By leads. The shares add up to exactly 100.0 (largest remainder); all are 0 where there are no leads."""
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        days = await asked.days(connection)
        rows = await get_platform_leads(connection, asked.caller.tenant_id, days, asked.platforms)
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    shared = share_out([row["leads"] for row in rows])
    return etagged(request, [row | {"share_pct": share} for row, share in zip(rows, shared, strict=True)], quality)


@router.get(
    "/v5/utm-sources",
    summary="Leads by platform and source",
    response_model=None,
    responses={200: {"model": list[UtmSource]}},
)
async def utm_sources(request: Request, asked: Asking, limit: Limit = 50) -> Response:
    """By leads, then revenue, platform and source. `utm_source` is null for leads that name none."""
    return await answered(request, asked, get_utm_sources, limit)


@router.get(
    "/v6/leads/paid-split/platforms",
    summary="Leads that were paid for, by platform",
    response_model=None,
    responses={200: {"model": list[PaidSplit]}},
)
async def paid_split(request: Request, asked: Asking) -> Response:
    """By leads. The two shares of a platform add up to 100.0; platforms without leads have none to split."""
    return await answered(request, asked, get_paid_split)
