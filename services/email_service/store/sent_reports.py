"""Read the snapshots of sent reports, for the pages that their links open."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from common.db import Connection
from services.email_service.store.branch_task import BranchTask


class SentReport(NamedTuple):
    """A sent report with its tasks and their customers' numbers, in the report's order."""

    delivery_id: UUID
    report_date: date
    branch_code: str
    branch_name: str
    rep_name: str
    rep_email: str
    as_of: datetime
    tasks: list[tuple[int, BranchTask]]


async def get_sent_report(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> SentReport:
    """Return a delivery with its snapshot."""
    delivery = await connection.fetchrow(
        "select report_date, branch_code, branch_name, sales_rep_name, sales_rep_email, as_of"
        " from email.delivery where tenant_id = $1 and delivery_id = $2",
        tenant_id,
        delivery_id,
    )
    assert delivery is not None, "a link's row goes with its delivery"  # noqa: S101 -- a broken database, not a caller
    rows = await connection.fetch(
        "select customer_no, task from email.report_task where tenant_id = $1 and delivery_id = $2 and customer_no > 0"
        " order by task_no",
        tenant_id,
        delivery_id,
    )
    tasks = [(row["customer_no"], msgspec.json.decode(row["task"], type=BranchTask)) for row in rows]
    day, code, name, rep_name, rep_email, as_of = delivery
    return SentReport(delivery_id, day, code, name, rep_name, rep_email, as_of, tasks)
