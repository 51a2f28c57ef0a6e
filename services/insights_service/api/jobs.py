"""`/insights/generate` and `/insights/jobs/{id}`: generating insights now, and the job's progress."""

from uuid import UUID

from fastapi import APIRouter

from common import audit
from common.http.context import Context
from common.http.json import JsonAnswer
from common.jobs import enqueue, get_job
from common.jobs.shapes import Job
from services.insights_service.api.callers import Manager, Reader
from services.insights_service.domain.generate import GENERATE_INSIGHTS_KIND

router = APIRouter(tags=["jobs"])


@router.post(
    "/insights/generate",
    status_code=202,
    summary="Generate insights now",
    response_model=None,
    responses={202: {"model": Job}},
)
async def generate_now(caller: Manager, context: Context) -> JsonAnswer:
    """Queue a job that generates the tenant's insights, as happens every hour anyway."""
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        job = await enqueue(connection, context.name, caller.tenant_id, GENERATE_INSIGHTS_KIND, {}, caller.account_id)
        target = str(job["job_id"])
        await audit.record(connection, context.name, caller.tenant_id, caller, "insights.requested", target=target)
    context.wake_relay()
    return JsonAnswer(job, status_code=202)


@router.get("/insights/jobs/{id}", summary="One job", response_model=None, responses={200: {"model": Job}})
async def get_one_job(
    id: UUID,  # noqa: A002 -- the contract's name
    caller: Reader,
    context: Context,
) -> JsonAnswer:
    """Return a job's status and progress.

    `counts` has how many insights were found, are new, changed, ended, and were announced (`told`).
    """
    async with context.db.of(caller, readonly=True) as connection:
        return JsonAnswer(await get_job(connection, context.name, caller.tenant_id, id))
