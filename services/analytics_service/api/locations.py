"""The route that lists branches with their website activity."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.db import Connection
from services.analytics_service.api.cached import cached
from services.analytics_service.api.callers import Reader
from services.analytics_service.api.shapes import Branches
from services.analytics_service.store.locations import get_locations

router = APIRouter(tags=["locations"])


@router.get(
    "/analytics/locations", summary="Branches with activity", response_model=None, responses={200: {"model": Branches}}
)
async def locations(request: Request, caller: Reader) -> Response:
    """List every branch that ever had an event; a branch without a name is shown under its id.

    A rep who has the scope `analytics:read` gets their own branches only.
    """
    return await cached(request, caller, (), None, _locations)


async def _locations(connection: Connection, tenant_id: UUID, asked: tuple[()]) -> dict[str, Any]:
    del asked
    branches = await get_locations(connection, tenant_id)
    return {"data": branches, "total": len(branches)}
