"""The route that shows one of this service's jobs."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import Context
from common.jobs import get_job
from common.jobs.shapes import Job
from services.analytics_service.api.callers import Reader
from services.analytics_service.api.etagged import etagged

router = APIRouter(tags=["jobs"])


@router.get("/api/analytics/jobs/{id}", summary="One job", response_model=None, responses={200: {"model": Job}})
async def get_one_job(
    request: Request,
    id: UUID,  # noqa: A002 -- the contract's name
    caller: Reader,
    context: Context,
) -> Response:
    """The status and progress of a job of this service."""
    async with context.db.of(caller, readonly=True) as connection:
        return etagged(request, await get_job(connection, context.name, caller.tenant_id, id))
