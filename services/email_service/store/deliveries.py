"""Store deliveries: recipients, outcomes and snapshots of reports."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from common.db import Connection
from common.events import publish
from common.events.contracts.email_delivery_changed import DeliveryChanged
from services.email_service.store.branch_task import BranchTask
from services.email_service.store.reps import Rep
from services.email_service.store.snapshots import NOTHING_LEFT_OUT, LeftOutTasks, store_tasks

Route = Literal["smtp", "file", "none"]

_OPEN = """
with opened as (
    insert into email.delivery (
        tenant_id, delivery_id, job_id, report_date, branch_code, branch_name, sales_rep_name, sales_rep_email,
        is_forced, route, status, subject, message_id, customers, tasks, as_of, hold_out_pct
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'sending', $11, $12, $13, $14, $15, $16)
    on conflict do nothing
    returning delivery_id
), linked as (
    insert into email.link (tenant_id, token_hash, purpose, delivery_id, customer_no, expires_at)
    select $1, l.token_hash, l.purpose, opened.delivery_id, l.customer_no, l.expires_at
    from opened, unnest($17::bytea[], $18::text[], $19::int[], $20::timestamptz[]) as l (
        token_hash, purpose, customer_no, expires_at
    )
)
select true from opened
"""


class Snapshot(NamedTuple):
    """A report about to be sent: its tasks with their customers' numbers, left-out tasks, and rows of its links."""

    subject: str
    message_id: str
    customers: int
    tasks: list[tuple[int, BranchTask]]
    left_out: LeftOutTasks
    links: list[tuple[bytes, str, int | None, datetime | None]]

    def without(self, is_erased: Callable[[BranchTask], bool]) -> "Snapshot":
        """Return the snapshot without erased tasks, and without the links of customers who have no other task."""
        tasks = [(number, task) for number, task in self.tasks if not is_erased(task)]
        linked = {None, *(number for number, _ in tasks)}
        return self._replace(
            tasks=tasks,
            left_out=self.left_out.without(is_erased),
            links=[link for link in self.links if link[2] in linked],
        )


class Sending(NamedTuple):
    """What all deliveries of a run share: job, day, route, and the percentage of customers who are held out."""

    tenant_id: UUID
    job_id: UUID
    report_date: date
    as_of: datetime
    is_forced: bool
    route: Route
    hold_out_pct: int = 0


async def open_delivery(
    connection: Connection, sending: Sending, delivery_id: UUID, rep: Rep, snapshot: Snapshot
) -> bool:
    """Store that a report is about to be sent, with its snapshot and links.

    Returns:
        False if the rep has the report already or another run is sending it; then nothing was stored.
    """
    tasks, links = snapshot.tasks, snapshot.links
    opened = await connection.fetchval(
        _OPEN,
        sending.tenant_id,
        delivery_id,
        sending.job_id,
        sending.report_date,
        rep.branch_code,
        rep.branch_name,
        rep.name,
        rep.email,
        sending.is_forced,
        sending.route,
        snapshot.subject,
        snapshot.message_id,
        snapshot.customers,
        len(tasks),
        sending.as_of,
        sending.hold_out_pct,
        *([link[column] for link in links] for column in range(4)),
    )
    if opened:
        await store_tasks(connection, sending.tenant_id, delivery_id, tasks, snapshot.left_out)
    return bool(opened)


async def finish_delivery(connection: Connection, tenant_id: UUID, delivery_id: UUID, status: str, detail: str) -> None:
    """Store the outcome of a delivery; it also replaces an `unknown` that a restarted job has stored meanwhile."""
    await connection.execute(
        "update email.delivery set status = $3, detail = $4, finished_at = clock_timestamp()"
        " where tenant_id = $1 and delivery_id = $2 and status in ('sending', 'unknown')",
        tenant_id,
        delivery_id,
        status,
        detail,
    )
    await publish(connection, "email", DeliveryChanged(delivery_id=delivery_id), tenant_id)


async def record_delivery(
    connection: Connection,
    sending: Sending,
    delivery_id: UUID,
    rep: Rep,
    status: str,
    detail: str,
    left_out: LeftOutTasks = NOTHING_LEFT_OUT,
) -> None:
    """Store a report that was not handed over: nothing to report, unsubscribed, refused or deferred.

    A rerun of the job replaces the status. The left-out tasks are stored once, with the first run.
    """
    noted = await connection.fetchval(
        "insert into email.delivery as d (tenant_id, delivery_id, job_id, report_date, branch_code, branch_name,"
        " sales_rep_name, sales_rep_email, is_forced, route, status, detail, as_of, finished_at, hold_out_pct)"
        " select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp(), $14"
        " on conflict (tenant_id, job_id, branch_code, lower(sales_rep_email)) do update"
        " set status = excluded.status, detail = excluded.detail, finished_at = excluded.finished_at"
        " where d.status not in ('sending', 'sent', 'written', 'unknown')"
        " returning delivery_id",
        sending.tenant_id,
        delivery_id,
        sending.job_id,
        sending.report_date,
        rep.branch_code,
        rep.branch_name,
        rep.name,
        rep.email,
        sending.is_forced,
        "none",
        status,
        detail,
        sending.as_of,
        sending.hold_out_pct,
    )
    if any(left_out) and noted == delivery_id:
        await store_tasks(connection, sending.tenant_id, delivery_id, (), left_out)
    if noted and sending.hold_out_pct:
        await publish(connection, "email", DeliveryChanged(delivery_id=noted), sending.tenant_id)


class Unfinished(NamedTuple):
    """A delivery without a stored outcome."""

    delivery_id: UUID
    route: Route
    report_date: date
    branch_code: str


async def find_unfinished(connection: Connection, tenant_id: UUID, job_id: UUID) -> list[Unfinished]:
    """Return the deliveries that an earlier run of the job opened and did not finish."""
    rows = await connection.fetch(
        "select delivery_id, route, report_date, branch_code from email.delivery"
        " where tenant_id = $1 and job_id = $2 and status = 'sending'",
        tenant_id,
        job_id,
    )
    return [Unfinished(*row) for row in rows]


async def drop_delivery(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> None:
    """Delete a delivery that cannot have been sent, so that it is made again, unless it has an outcome meanwhile."""
    await connection.execute(
        "delete from email.delivery where tenant_id = $1 and delivery_id = $2 and status = 'sending'",
        tenant_id,
        delivery_id,
    )


async def drop_deferred(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Delete the deferred deliveries of a job's earlier run, which this run tries again."""
    await connection.execute(
        "delete from email.delivery where tenant_id = $1 and job_id = $2 and status = 'deferred'", tenant_id, job_id
    )


async def give_up_deferred(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Mark deferred deliveries as failed, after a job's last attempt."""
    await connection.execute(
        "update email.delivery set status = 'failed' where tenant_id = $1 and job_id = $2 and status = 'deferred'",
        tenant_id,
        job_id,
    )
