"""The analytics service's jobs."""

from uuid import UUID

from fastapi import APIRouter

from common.http.context import Context
from common.http.json import JsonAnswer
from common.jobs import get_job
from common.jobs.shapes import Job
from services.analytics_service.api.callers import Reader

router = APIRouter(tags=["jobs"])


@router.get("/api/analytics/jobs/{id}", summary="One job", response_model=None, responses={200: {"model": Job}})
async def get_one_job(id: UUID, caller: Reader, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Status and progress of a job of this service."""
    async with context.db.of(caller, readonly=True) as connection:
        return JsonAnswer(await get_job(connection, context.name, caller.tenant_id, id))
