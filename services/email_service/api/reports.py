"""Send reports, and list the jobs that send them and the history of single reports."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from common import audit
from common.auth.principal import Principal
from common.db import Connection
from common.http.context import Context
from common.http.require import require
from common.jobs import enqueue, get_job, list_jobs
from common.jobs.shapes import Job, JobPage
from common.pagination import Page, page_answer
from common.problem import FieldError
from common.written_time import CalendarDay
from services.email_service.api.query import AnyBranch
from services.email_service.api.report_day import report_day
from services.email_service.api.shapes import Delivery, DeliveryPage, SendReports
from services.email_service.domain.prepare_run import SEND_REPORTS_KIND
from services.email_service.errors import BranchNotMapped, NobodyMapped
from services.email_service.store.past_deliveries import list_history
from services.email_service.store.reps import enabled_reps
from services.email_service.store.tenants import get_tenant

router = APIRouter(prefix="/analytics/email", tags=["reports"])
Sender = Annotated[Principal, Depends(require("email:send"))]


@router.post("/send-reports", status_code=202, summary="Send a day's reports")
async def send_reports(body: SendReports, caller: Sender, context: Context) -> Job:
    """Start a job that sends one report per branch and rep. Follow it with `GET /analytics/email/jobs/{id}`.

    A rep who already has the report of that day gets it again only with `force`.
    """
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        report_date = report_day(await get_tenant(conn, caller.tenant_id), body.report_date)
        await _refuse_unmapped(conn, caller.tenant_id, body.branch_codes)
        params = {"report_date": str(report_date), "branch_codes": body.branch_codes, "force": body.force}
        job = Job(**await enqueue(conn, "email", caller.tenant_id, SEND_REPORTS_KIND, params, caller.account_id))
        await audit.record(
            conn, "email", caller.tenant_id, caller, "reports.requested", target=str(job.job_id), detail=params
        )
    context.wake_relay()
    return job


@router.get("/jobs", summary="Jobs of the email service")
async def jobs(caller: Sender, context: Context, page: Page) -> JobPage:
    """List the jobs of the email service, newest first."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await list_jobs(conn, "email", caller.tenant_id, page)
    return JobPage(**page_answer([Job(**row) for row in rows], total, page))


@router.get("/jobs/{id}", summary="Get a job")
async def job(id: UUID, caller: Sender, context: Context) -> Job:  # noqa: A002 -- the contract's name of the path parameter
    """Get a job's progress, and the number of its reports by outcome (`counts`)."""
    async with context.db.of(caller, readonly=True) as conn:
        return Job(**await get_job(conn, "email", caller.tenant_id, id))


@router.get("/history", summary="History of reports")
async def history(
    caller: Sender,
    context: Context,
    page: Page,
    report_date: Annotated[CalendarDay | None, Query()] = None,
    branch_code: AnyBranch = None,
) -> DeliveryPage:
    """List single reports, newest first, including those that were not sent and the reason."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await list_history(conn, caller.tenant_id, page, report_date, branch_code)
    return DeliveryPage(**page_answer([Delivery(**row) for row in rows], total, page))


async def _refuse_unmapped(conn: Connection, tenant_id: UUID, branch_codes: list[str] | None) -> None:
    mapped = {rep.branch_code for rep in await enabled_reps(conn, tenant_id, branch_codes)}
    if not mapped and not branch_codes:
        message = "nobody would get a report: map branches to reps first (POST /analytics/email/mappings)"
        raise NobodyMapped(message)
    unmapped = sorted(set(branch_codes or ()) - mapped)
    if unmapped:
        message = f"no enabled rep for {', '.join(unmapped[:20])}"
        raise BranchNotMapped(message, errors=[FieldError("branch_codes", message)])
