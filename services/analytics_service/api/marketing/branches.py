"""Branches: their leads and their online orders."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.analytics_service.api.marketing.answers import answered
from services.analytics_service.api.marketing.asked import Asking, Limit
from services.analytics_service.api.marketing.shapes import BranchLeads
from services.analytics_service.store.marketing import get_branches

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get("/branches", summary="Branches", response_model=None, responses={200: {"model": list[BranchLeads]}})
async def branches(request: Request, asked: Asking, limit: Limit = 50) -> Response:
    """By leads, then revenue and online revenue. What names no branch is under none.

    With `platforms`: the branches of their leads; online orders are counted whole all the same.
    """
    return await answered(request, asked, get_branches, limit)
