"""`/insights/{id}/chart.svg` and `.png`: a chart of an insight's expected and actual values."""

import asyncio
import hashlib
from typing import Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from common.auth.principal import Principal
from common.http.context import Context, ServiceContext
from common.http.if_none_match import names_etag
from services.insights_service.api.callers import Reader
from services.insights_service.domain.charts.draw_chart import draw_chart
from services.insights_service.domain.charts.draw_png import draw_png
from services.insights_service.domain.evidence.written import decode_evidence
from services.insights_service.errors import ChartNotFound, InsightNotFound
from services.insights_service.store.charts import Drawable, get_drawable

router = APIRouter(tags=["insights"])

SVG: Final = "image/svg+xml"
PNG: Final = "image/png"
_HEADERS: Final = {
    # The answer depends on the caller and the tenant.
    "Cache-Control": "private, max-age=0, must-revalidate",
    "Vary": "Authorization, X-Tenant-Id",
    # An SVG that is opened by itself is a document, in which nothing may run or load.
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def _answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    image = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": {media_type: image}}, 304: {"description": "The caller has this chart already."}}


@router.get("/insights/{id}/chart.svg", summary="An insight's chart", response_class=Response, responses=_answers(SVG))
async def get_svg_chart(
    id: UUID,  # noqa: A002 -- the contract's name
    caller: Reader,
    context: Context,
    request: Request,
) -> Response:
    """Draw the chart in the insight's language and the tenant's currency and time zone, with title and description."""
    svg = await _draw(context, caller, id)
    etag = _etag(svg, "svg")
    return _not_modified(request, etag) or Response(svg, media_type=SVG, headers={**_HEADERS, "ETag": etag})


@router.get(
    "/insights/{id}/chart.png", summary="An insight's chart as PNG", response_class=Response, responses=_answers(PNG)
)
async def get_png_chart(
    id: UUID,  # noqa: A002 -- the contract's name
    caller: Reader,
    context: Context,
    request: Request,
) -> Response:
    """Draw the same chart as an image of 1440 pixels width, for mails and slides."""
    svg = await _draw(context, caller, id)
    # Rendering the PNG takes thirty times as long as the SVG, so a caller who has it already gets 304 before.
    etag = _etag(svg, "png")
    answer = _not_modified(request, etag)
    if answer is not None:
        return answer
    return Response(await asyncio.to_thread(draw_png, svg), media_type=PNG, headers={**_HEADERS, "ETag": etag})


async def _draw(context: ServiceContext, caller: Principal, insight_id: UUID) -> str:
    async with context.db.of(caller, readonly=True) as connection:
        drawable = await get_drawable(connection, caller.tenant_id, insight_id)
    if drawable is None:
        raise InsightNotFound
    return await asyncio.to_thread(_svg, drawable)


def _svg(drawable: Drawable) -> str:
    try:
        evidence = decode_evidence(drawable.evidence)
    except msgspec.DecodeError:
        raise ChartNotFound from None
    return draw_chart(evidence, drawable.language, drawable.currency, drawable.time_zone)


def _etag(svg: str, form: str) -> str:
    return f'"{hashlib.sha256(svg.encode()).hexdigest()[:32]}-{form}"'


def _not_modified(request: Request, etag: str) -> Response | None:
    has_it = names_etag(request.headers.get("If-None-Match", ""), etag)
    return Response(status_code=304, headers={**_HEADERS, "ETag": etag}) if has_it else None
