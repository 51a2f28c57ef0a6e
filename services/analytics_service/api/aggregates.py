"""Routes that rebuild the aggregates from raw rows, check them, and list the differences found."""

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
DataWriter = Annotated[Principal, Depends(require("data:write"))]


class DaysToRebuild(BaseModel):
    """A range of the tenant's days, both ends included."""

    model_config = ConfigDict(extra="forbid")

    date_from: CalendarDay
    date_to: CalendarDay


class DaysToCheck(DaysToRebuild):
    """A range of the tenant's days, and whether days that differ are rebuilt."""

    mend: bool = Field(default=False, description="rebuild the days on which something differs")


class Differences(BaseModel):
    """A page of differences between aggregates and raw rows."""

    data: list[dict[str, Any]]
    total: int
    page: int
    limit: int
    has_more: bool


@router.post("", status_code=202, summary="Rebuild the aggregates of a range")
async def rebuild(body: DaysToRebuild, caller: DataWriter, context: Context) -> Job:
    """Rebuild them from the raw rows, as a job. Answers keep the old figures of a month until that month is rebuilt."""
    return await _enqueue(context, caller, REBUILD_AGGREGATES_KIND, "aggregates.rebuilt", body)


@router.post("/check", status_code=202, summary="Compare the aggregates of a range with raw rows")
async def check(body: DaysToCheck, caller: DataWriter, context: Context) -> Job:
    """Count the raw rows by independent code, as a job. Its `counts` give the rows compared and those that differ."""
    return await _enqueue(context, caller, CHECK_AGGREGATES_KIND, "aggregates.checked", body, mend=body.mend)


@router.get(
    "/differences",
    summary="Differences that checks found",
    response_model=None,
    responses={200: {"model": Differences}},
)
async def differences(
    request: Request, caller: DataWriter, context: Context, page: Page, job_id: UUID | None = None
) -> Response:
    """List differences, newest first: a row's table and key, its stored values and those counted from raw rows."""
    async with context.db.of(caller, readonly=True) as connection:
        rows, total = await list_differences(connection, caller.tenant_id, job_id, page)
    return etagged(request, page_answer(rows, total, page))


async def _enqueue(
    context: Context, caller: Principal, kind: str, action: str, body: DaysToRebuild, **options: bool
) -> Job:
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        days = date_range(
            body.date_from, body.date_to, await today(connection, caller.tenant_id), names=("date_from", "date_to")
        )
        params = {"date_from": str(days.start), "date_to": str(days.end), **options}
        job = Job(**await enqueue(connection, context.name, caller.tenant_id, kind, params, caller.account_id))
        await audit.record(
            connection, context.name, caller.tenant_id, caller, action, target=str(job.job_id), detail=params
        )
    context.wake_relay()
    return job
