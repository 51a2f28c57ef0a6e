"""Read past deliveries: who has a report already, a job's outcomes, and the history."""

from datetime import date
from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams


async def commonest_reason(connection: Connection, tenant_id: UUID, job_id: UUID) -> str | None:
    """Return the most frequent reason of a job's refused and failed deliveries."""
    return await connection.fetchval(
        "select detail from email.delivery where tenant_id = $1 and job_id = $2 and status in ('refused', 'failed')"
        " group by detail order by count(*) desc, detail limit 1",
        tenant_id,
        job_id,
    )


async def already_sent(connection: Connection, tenant_id: UUID, report_date: date) -> set[tuple[str, str]]:
    """Return the (branch, lower-case address) pairs that have, or may have, the day's report."""
    rows = await connection.fetch(
        "select branch_code, lower(sales_rep_email) from email.delivery where tenant_id = $1 and report_date = $2"
        " and status in ('sending', 'sent', 'written', 'unknown')",
        tenant_id,
        report_date,
    )
    return {(row[0], row[1]) for row in rows}


async def ended_in_job(connection: Connection, tenant_id: UUID, job_id: UUID) -> dict[tuple[str, str], str]:
    """Return the final outcomes of a job so far: the status by (branch, lower-case address)."""
    rows = await connection.fetch(
        "select branch_code, lower(sales_rep_email), status from email.delivery where tenant_id = $1 and job_id = $2"
        " and status not in ('sending', 'deferred')",
        tenant_id,
        job_id,
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def list_history(
    connection: Connection,
    tenant_id: UUID,
    page: PageParams,
    report_date: date | None = None,
    branch_code: str | None = None,
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of deliveries, newest first, and the total number."""
    where = (
        " from email.delivery where tenant_id = $1 and ($2::date is null or report_date = $2)"
        " and ($3::text is null or branch_code = $3)"
    )
    total = await connection.fetchval("select count(*)" + where, tenant_id, report_date, branch_code)
    rows = await connection.fetch(
        "select delivery_id as id, job_id, report_date, branch_code, branch_name, sales_rep_name, sales_rep_email,"
        " status, detail, subject, message_id, customers, tasks, is_forced as forced, created_at,"
        " case when status in ('sent', 'written') then finished_at end as sent_at, finished_at"
        f"{where} order by created_at desc, delivery_id limit $4 offset $5",
        tenant_id,
        report_date,
        branch_code,
        page.limit,
        page.offset,
    )
    return [dict(row) for row in rows], int(total or 0)
