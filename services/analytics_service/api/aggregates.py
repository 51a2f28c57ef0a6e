"""Making aggregates anew, and holding them against raw rows."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from common import audit
from common.auth.principal import Principal
from common.http.context import Context
from common.http.require import require
from common.jobs import enqueue
from common.jobs.shapes import Job
from common.pagination import Page, page_answer
from common.written_time import CalendarDay
from services.analytics_service.api.etagged import etagged
from services.analytics_service.domain.aggregate_jobs import CHECK_AGGREGATES_KIND, REBUILD_AGGREGATES_KIND
from services.analytics_service.domain.date_range import date_range
from services.analytics_service.store.differences import list_differences
from services.analytics_service.store.tenants import today

router = APIRouter(prefix="/api/analytics/aggregate", tags=["aggregates"])
Keeper = Annotated[Principal, Depends(require("data:write"))]


class DaysToRebuild(BaseModel):
    """Days of the tenant, both ends included."""

    model_config = ConfigDict(extra="forbid")

    date_from: CalendarDay
    date_to: CalendarDay


class DaysToCheck(DaysToRebuild):
    """Days of the tenant, and what is to become of those that differ."""

    mend: bool = Field(default=False, description="make days anew on which something differs")


class Differences(BaseModel):
    """A page of rows that differed."""

    data: list[dict[str, Any]]
    total: int
    page: int
    limit: int
    has_more: bool


@router.post("", status_code=202, summary="Make the aggregates of a range anew")
async def rebuild(body: DaysToRebuild, caller: Keeper, context: Context) -> Job:
    """From the raw rows, as a job; answers stay as they are until each month of it is done."""
    return await _begin(context, caller, REBUILD_AGGREGATES_KIND, "aggregates.rebuilt", body)


@router.post("/check", status_code=202, summary="Hold the aggregates of a range against raw rows")
async def check(body: DaysToCheck, caller: Keeper, context: Context) -> Job:
    """Counted once more by other code, as a job. Its `counts` say how many rows were compared and how many differ."""
    return await _begin(context, caller, CHECK_AGGREGATES_KIND, "aggregates.checked", body, mend=body.mend)


@router.get(
    "/differences", summary="What checks found to differ", response_model=None, responses={200: {"model": Differences}}
)
async def differences(
    request: Request, caller: Keeper, context: Context, page: Page, job_id: UUID | None = None
) -> Response:
    """Newest first: a row's table and key, what was kept and what the raw rows make."""
    async with context.db.of(caller, readonly=True) as connection:
        rows, total = await list_differences(connection, caller.tenant_id, job_id, page)
    return etagged(request, page_answer(rows, total, page))


async def _begin(context: Context, caller: Principal, kind: str, action: str, body: DaysToRebuild, **more: bool) -> Job:
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        days = date_range(
            body.date_from, body.date_to, await today(connection, caller.tenant_id), names=("date_from", "date_to")
        )
        params = {"date_from": str(days.start), "date_to": str(days.end), **more}
        job = Job(**await enqueue(connection, context.name, caller.tenant_id, kind, params, caller.account_id))
        await audit.record(
            connection, context.name, caller.tenant_id, caller, action, target=str(job.job_id), detail=params
        )
    context.wake_relay()
    return job
