"""Create, read, cancel and retry jobs: the statements on a service's `job` table that API routes use."""

from typing import Any
from uuid import UUID, uuid4

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.jobs.tickets import QueueTicket, new_ticket, queue_again
from common.logging import request_id_var, trace_id_var
from common.pagination import PageParams
from common.problem import Conflict, NotFound

_COLUMNS = (
    "job_id, kind, status, done, total, counts, error, note, resumes_at, eta, created_at, started_at, finished_at"
)


class JobNotFound(NotFound):
    """The tenant has no job with this id."""

    type = "job-not-found"
    title = "Job not found"


class JobAlreadyEnded(Conflict):
    """The job has ended and cannot be cancelled."""

    type = "job-already-ended"
    title = "The job has already ended"


class JobNotFailed(Conflict):
    """The job has not failed, so there is nothing to retry."""

    type = "job-not-failed"
    title = "Only a failed or cancelled job can be retried"


def job_view(row: Any) -> dict[str, Any]:
    """Convert a row of `job` to the fields that the contract defines."""
    done, total = row["done"], row["total"]
    is_completed = row["status"] == "completed"
    is_unfinished = row["status"] in ("queued", "running")
    percent = 100.0 if is_completed else round(100 * done / total, 1) if total else 0.0
    return {
        "job_id": row["job_id"],
        "kind": row["kind"],
        "status": row["status"],
        "progress": {"done": done, "total": total, "percent": percent},
        "counts": from_jsonb(row["counts"]),
        "error": row["error"],
        "note": row["note"] if is_unfinished else "",
        "resumes_at": row["resumes_at"] if is_unfinished else None,
        "eta": row["eta"] if is_unfinished else None,
        "created_at": row["created_at"],
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
    }


async def enqueue(
    connection: Connection, service: str, tenant_id: UUID, kind: str, params: dict[str, Any], created_by: UUID | None
) -> dict[str, Any]:
    """Create a job and queue it; both commit with the caller's transaction.

    Returns:
        The fields of `job_view`, with status `queued`.
    """
    return await enqueue_as(connection, service, tenant_id, uuid4(), kind, params, created_by)


async def enqueue_as(
    connection: Connection,
    service: str,
    tenant_id: UUID,
    job_id: UUID,
    kind: str,
    params: dict[str, Any],
    created_by: UUID | None,
) -> dict[str, Any]:
    """Create and queue a job like `enqueue`, with an id chosen by the caller, who may have named files after it."""
    row = await connection.fetchrow(
        f"insert into {service}.job "  # noqa: S608 -- own name
        " (tenant_id, job_id, kind, params, created_by, request_id, trace_id, queue_id)"
        f" values ($1, $2, $3, $4, $5, $6, $7, $8) returning {_COLUMNS}",
        tenant_id,
        job_id,
        kind,
        to_jsonb(params),
        created_by,
        request_id_var.get(),
        trace_id_var.get(),
        await new_ticket(connection, service, QueueTicket(tenant_id, job_id), kind),
    )
    return job_view(row)


async def get_job(connection: Connection, service: str, tenant_id: UUID, job_id: UUID) -> dict[str, Any]:
    """Return one job of the tenant.

    Raises:
        JobNotFound: the tenant has no job with this id.
    """
    row = await connection.fetchrow(
        f"select {_COLUMNS} from {service}.job where tenant_id = $1 and job_id = $2",  # noqa: S608 -- own name
        tenant_id,
        job_id,
    )
    if row is None:
        message = f"there is no job {job_id}"
        raise JobNotFound(message)
    return job_view(row)


async def list_jobs(
    connection: Connection, service: str, tenant_id: UUID, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Return one page of the tenant's jobs, newest first, and the total number of its jobs."""
    rows = await connection.fetch(
        f"select {_COLUMNS}, count(*) over () as n from {service}.job where tenant_id = $1"  # noqa: S608 -- own name
        " order by created_at desc, job_id limit $2 offset $3",
        tenant_id,
        page.limit,
        page.offset,
    )
    if rows:
        return [job_view(row) for row in rows], int(rows[0]["n"])
    total = await connection.fetchval(f"select count(*) from {service}.job where tenant_id = $1", tenant_id)  # noqa: S608 -- own name
    return [], int(total or 0)


async def complete(connection: Connection, service: str, tenant_id: UUID, job_id: UUID) -> bool:
    """Mark a running job as completed. Its own work is done: it returned `AWAITING`.

    Returns:
        False if the job was not running.
    """
    was_running = await connection.fetchval(
        f"update {service}.job set status = 'completed', finished_at = clock_timestamp(), error = null"  # noqa: S608 -- own name
        " where tenant_id = $1 and job_id = $2 and status = 'running' returning true",
        tenant_id,
        job_id,
    )
    return bool(was_running)


async def cancel(connection: Connection, service: str, tenant_id: UUID, job_id: UUID) -> dict[str, Any]:
    """Cancel a queued job at once, or request that a running one stops when it next reports progress.

    Raises:
        JobNotFound, JobAlreadyEnded
    """
    status = await connection.fetchval(
        f"update {service}.job set cancel_requested_at = now(),"  # noqa: S608 -- own name
        " status = case when status = 'queued' then 'cancelled' else status end,"
        " finished_at = case when status = 'queued' then now() else finished_at end"
        " where tenant_id = $1 and job_id = $2 and status in ('queued', 'running') returning status",
        tenant_id,
        job_id,
    )
    job = await get_job(connection, service, tenant_id, job_id)
    if status is None:
        message = f"the job is {job['status']}"
        raise JobAlreadyEnded(message)
    return job


async def retry(connection: Connection, service: str, tenant_id: UUID, job_id: UUID) -> dict[str, Any]:
    """Queue a failed or cancelled job again.

    Raises:
        JobNotFound, JobNotFailed
    """
    kind = await connection.fetchval(
        f"update {service}.job set status = 'queued', error = null, attempt = 0, deaths = 0, died_at = 0,"  # noqa: S608 -- own name
        " awaiting = false, note = '', resumes_at = null, eta = null, cancel_requested_at = null, finished_at = null"
        " where tenant_id = $1 and job_id = $2 and status in ('failed', 'cancelled') returning kind",
        tenant_id,
        job_id,
    )
    if kind is not None:
        await queue_again(connection, service, QueueTicket(tenant_id, job_id), str(kind))
    job = await get_job(connection, service, tenant_id, job_id)
    if kind is None:
        message = f"the job is {job['status']}"
        raise JobNotFailed(message)
    return job
