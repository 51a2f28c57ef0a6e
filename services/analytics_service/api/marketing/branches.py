"""The route that lists branches with their leads and online orders."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.marketing_query import Limit, PlatformsQuery
from services.analytics_service.api.marketing.shapes import BranchLeads
from services.analytics_service.store.marketing import get_branches

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get("/branches", summary="Branches", response_model=None, responses={200: {"model": list[BranchLeads]}})
async def branches(request: Request, query: PlatformsQuery, limit: Limit = 50) -> Response:
    """List branches by leads, then revenue and online revenue. Leads and orders without a branch are not listed.

    `platforms` limits the leads, and the branches to those of these leads, but not the online orders.
    """
    return await answered(request, query, get_branches, limit)
