"""The branches."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.db import Connection
from services.analytics_service.api.callers import Reader
from services.analytics_service.api.kept import kept
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
    return await kept(request, caller, (), None, _locations)


async def _locations(connection: Connection, tenant_id: UUID, asked: tuple[()]) -> dict[str, Any]:
    del asked
    branches = await get_locations(connection, tenant_id)
    return {"data": branches, "total": len(branches)}
