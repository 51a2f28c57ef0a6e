"""Products: their leads, and what became of them on the website."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import Asking, Limit
from services.analytics_service.api.marketing.shapes import Product
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.marketing import get_products

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get("/products", summary="Products", response_model=None, responses={200: {"model": list[Product]}})
async def products(request: Request, asked: Asking, limit: Limit = 50) -> Response:
    """By leads, then revenue, purchases and views. `product_id` is null where leads say the product's name alone.

    With `platforms`: the products of their leads; views, carts and purchases are counted whole all the same, since
    the website's visitors belong to no platform of leads.
    """
    # Not kept: nothing tells when the catalogue calls a product otherwise.
    tenant_id, days = asked.caller.tenant_id, await asked.days()
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        rows = await get_products(connection, tenant_id, days, asked.platforms, limit)
        quality = await quality_header(connection, tenant_id, days)
    return etagged(request, rows, quality)
