"""Read the data that all reports of one run share."""

from datetime import date, datetime
from uuid import UUID

from common.db import Database
from common.settings import Settings
from services.email_service.domain.build_report import Day
from services.email_service.domain.mail_route import mail_route
from services.email_service.domain.send_report import ReportRun
from services.email_service.store.branch_tasks import days_by_branch, tasks_by_branch
from services.email_service.store.deliveries import Sending
from services.email_service.store.past_deliveries import already_sent
from services.email_service.store.report_settings import get_hold_out_pct
from services.email_service.store.reps import Rep, enabled_reps
from services.email_service.store.tenants import get_tenant

# The kind of the job that sends a day's reports, for its callers and its handler.
SEND_REPORTS_KIND = "email.send-reports"


async def prepare_run(
    settings: Settings,
    db: Database,
    tenant_id: UUID,
    job_id: UUID,
    report_date: date,
    as_of: datetime,
    branch_codes: list[str] | None,
    *,
    force: bool,
) -> tuple[ReportRun, list[Rep]]:
    """Read the run's data and the reps of its branches in one transaction."""
    async with db.tenant(tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, tenant_id)
        route = await mail_route(connection, settings, tenant_id)
        reps = await enabled_reps(connection, tenant_id, branch_codes)
        codes = sorted({rep.branch_code for rep in reps})
        of_day = tenant_id, report_date, as_of, codes
        tasks = await tasks_by_branch(connection, *of_day)
        days = await days_by_branch(connection, tenant_id, report_date)
        delivered_to = await already_sent(connection, tenant_id, report_date)
        hold_out_pct = await get_hold_out_pct(connection, tenant_id)
        settled = await tasks_by_branch(connection, *of_day, settled=True) if hold_out_pct else {}
    run = ReportRun(
        settings=settings,
        db=db,
        tenant=tenant,
        route=route,
        sending=Sending(tenant_id, job_id, report_date, as_of, force, route.name, hold_out_pct),
        tasks=tasks,
        days={branch: Day(*found) for branch, found in days.items()},
        delivered_to=delivered_to,
        settled=settled,
    )
    return run, reps
