"""Preview a report as it would be sent now."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from common.auth.principal import Principal
from common.clock import now
from common.http.context import Context
from common.http.require import require
from common.pages import mail_headers
from common.problem import Forbidden
from services.email_service.api.query import Branch
from services.email_service.api.report_day import ReportDate, report_day
from services.email_service.domain.preview_report import preview_report
from services.email_service.store.tenants import get_tenant

router = APIRouter(prefix="/analytics/email", tags=["reports"])
Reader = Annotated[Principal, Depends(require("tasks:work"))]


@router.get("/preview", summary="A branch's report as HTML", response_class=HTMLResponse)
async def preview(
    caller: Reader,
    context: Context,
    branch_code: Branch,
    report_date: Annotated[ReportDate | None, Query(description="the day of the report; yesterday if omitted")] = None,
) -> HTMLResponse:
    """Render a branch's report of a day as HTML, as it would be sent now. Its links do not work.

    A sales rep can only see the reports of their own branches (otherwise 403).
    """
    if caller.readable_branches is not None and branch_code not in caller.readable_branches:
        message = "a rep sees the reports of the own branches"
        raise Forbidden(message)
    async with context.db.of(caller, readonly=True) as conn:
        tenant = await get_tenant(conn, caller.tenant_id)
        day = report_day(tenant, report_date)
        html = await preview_report(conn, tenant, branch_code, day, now())
    return HTMLResponse(html, headers=mail_headers())
