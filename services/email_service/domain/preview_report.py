"""Preview a branch's report as it would be sent now; its links do not work."""

from datetime import date, datetime

from common.db import Connection
from services.email_service.domain.build_report import Branch, Day, build_report
from services.email_service.domain.formats import Formats
from services.email_service.domain.hold_out import HoldOut
from services.email_service.domain.present_report import Links
from services.email_service.domain.render_report import render_report
from services.email_service.errors import BranchNotFound
from services.email_service.store.branch_tasks import branch_name, days_by_branch, tasks_by_branch
from services.email_service.store.report_settings import get_hold_out_pct
from services.email_service.store.reps import reps_of_branch
from services.email_service.store.tenants import Tenant

_NOWHERE = Links(action=lambda _number, _action: "#", full_list="#", stop="")


async def preview_report(connection: Connection, tenant: Tenant, branch_code: str, day: date, as_of: datetime) -> str:
    """Return the report of a day as HTML, as of an instant.

    Raises:
        BranchNotFound: the code has no mapping, is not among the tenant's locations, and has no events.
    """
    reps = await reps_of_branch(connection, tenant.tenant_id, branch_code)
    name = reps[0].branch_name if reps else await branch_name(connection, tenant.tenant_id, branch_code)
    if name is None:
        message = f"there is no branch {branch_code}"
        raise BranchNotFound(message)
    rep_name, rep_email = (reps[0].name, reps[0].email) if reps else ("", "")
    tasks = await tasks_by_branch(connection, tenant.tenant_id, day, as_of, [branch_code])
    days = await days_by_branch(connection, tenant.tenant_id, day)
    report = build_report(
        Branch.with_short_name(branch_code, name, tenant.name, rep_name, rep_email),
        day,
        as_of,
        tasks.get(branch_code, []),
        tenant.currency,
        Day(*days[branch_code]) if branch_code in days else None,
        HoldOut(tenant.tenant_id, await get_hold_out_pct(connection, tenant.tenant_id)),
    )
    return render_report(report, Formats(tenant.country, tenant.currency, tenant.time_zone), _NOWHERE).html
