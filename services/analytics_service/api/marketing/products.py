"""The route that lists products with their leads and their website views, carts and purchases."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.marketing_query import Limit, PlatformsQuery
from services.analytics_service.api.marketing.shapes import Product
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.marketing import get_products

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get("/products", summary="Products", response_model=None, responses={200: {"model": list[Product]}})
async def products(request: Request, query: PlatformsQuery, limit: Limit = 50) -> Response:
    """List products by leads, then revenue, purchases and views. `product_id` is null if leads give only a name.

    `platforms` limits the leads, and the products to those of these leads, but not views, carts and purchases: website
    visitors have no lead platform.
    """
    # Not cached: no event announces that the catalogue renamed a product.
    tenant_id, days = query.caller.tenant_id, await query.days()
    async with context_of(request).db.of(query.caller, readonly=True) as connection:
        rows = await get_products(connection, tenant_id, days, query.platforms, limit)
        quality = await quality_header(connection, tenant_id, days)
    return etagged(request, rows, quality)
