"""The branches."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.callers import Reader
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.shapes import Branches
from services.analytics_service.store.locations import get_locations

router = APIRouter(tags=["locations"])


@router.get(
    "/analytics/locations", summary="Branches with activity", response_model=None, responses={200: {"model": Branches}}
)
async def locations(request: Request, caller: Reader) -> Response:
    """Every branch that an event was seen at, of all time; one without a name of its own is called by its id.

    A rep who was given `analytics:read` gets the own ones.
    """
    async with context_of(request).db.of(caller, readonly=True) as connection:
        branches = await get_locations(connection, caller.tenant_id)
    return etagged(request, {"data": branches, "total": len(branches)})
