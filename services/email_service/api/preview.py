"""A report as it would be sent now, to be looked at."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from common.auth.principal import Principal, require
from common.clock import now, today
from common.http.context import Context
from common.problem import Forbidden
from services.email_service.domain.preview_report import preview_report
from services.email_service.domain.render_page import report_headers
from services.email_service.store.tenants import get_tenant

router = APIRouter(prefix="/analytics/email", tags=["reports"])
Reader = Annotated[Principal, Depends(require("tasks:work"))]


@router.get("/preview", summary="A branch's report as HTML", response_class=HTMLResponse)
async def preview(
    caller: Reader,
    context: Context,
    branch_code: Annotated[str, Query(min_length=1, max_length=200)],
    report_date: Annotated[date | None, Query(description="yesterday where it is left out")] = None,
) -> HTMLResponse:
    """What the report of a day would be now; its links lead nowhere. A rep sees the own branches'."""
    if caller.readable_branches is not None and branch_code not in caller.readable_branches:
        message = "a rep sees the reports of the own branches"
        raise Forbidden(message)
    async with context.db.tenant(caller.tenant_id, readonly=True) as conn:
        tenant = await get_tenant(conn, caller.tenant_id)
        day = report_date or today(tenant.time_zone) - timedelta(days=1)
        html = await preview_report(conn, tenant, branch_code, day, now())
    return HTMLResponse(html, headers=report_headers())
