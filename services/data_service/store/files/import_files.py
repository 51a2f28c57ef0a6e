"""Uploaded files and the progress of their imports."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from services.data_service.store.files.rejected_line import RejectedLine

# A file with nothing but bad lines must not fill the database: all rejects are counted, but only this many are kept.
MAX_KEPT_REJECTS = 100_000
_GET = """
    select job_id, kind, name, path, form, is_gzip, bytes, columns, lines_done, counts, is_read, problem, options, plan
    from data.import_file where tenant_id = $1 and job_id = $2
"""
_GET_LOCKED = f"{_GET} for update"


class ImportFile(NamedTuple):
    """A row of data.import_file; see the table. `options` and `plan` are JSON."""

    job_id: UUID
    kind: str
    name: str
    path: str
    form: str
    is_gzip: bool
    bytes: int
    columns: list[str] | None
    lines_done: int
    counts: dict[str, int]
    is_read: bool
    problem: str | None
    options: str
    plan: str | None


async def add_import_file(
    connection: Connection,
    tenant_id: UUID,
    job_id: UUID,
    *,
    kind: str,
    name: str,
    path: str,
    form: str,
    is_gzip: bool,
    size: int,
    columns: list[str] | None,
    options: str = "{}",
) -> None:
    """Record an uploaded file whose job has not started yet; `options` is JSON."""
    await connection.execute(
        "insert into data.import_file (tenant_id, job_id, kind, name, path, form, is_gzip, bytes, columns, options)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant_id,
        job_id,
        kind,
        name,
        path,
        form,
        is_gzip,
        size,
        columns,
        options,
    )


async def get_import_file(
    connection: Connection, tenant_id: UUID, job_id: UUID, *, lock: bool = False
) -> ImportFile | None:
    """Return the file of a job; `lock` keeps other workers from continuing it until the transaction ends."""
    row = await connection.fetchrow(_GET_LOCKED if lock else _GET, tenant_id, job_id)
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    values["counts"] = from_jsonb(values["counts"])
    return ImportFile(**values)


async def unread_files(connection: Connection, tenant_id: UUID) -> set[UUID]:
    """Return the tenant's imports whose file is still needed: unread, and not finished more than a week ago."""
    rows = await connection.fetch(
        "select f.job_id from data.import_file f left join data.job j on j.tenant_id = $1 and j.job_id = f.job_id"
        " where f.tenant_id = $1 and not f.is_read"
        " and (j.finished_at is null or j.finished_at > now() - interval '7 days')",
        tenant_id,
    )
    return {row[0] for row in rows}


async def advance_import_file(
    connection: Connection,
    tenant_id: UUID,
    job_id: UUID,
    *,
    lines_done: int,
    bytes_done: int,
    counts: dict[str, int],
    is_read: bool,
    problem: str | None,
) -> None:
    """Record a file's progress, in the transaction that stores its rows."""
    await connection.execute(
        "update data.import_file set lines_done = $3, bytes_done = $4, counts = $5, is_read = $6, problem = $7"
        " where tenant_id = $1 and job_id = $2",
        tenant_id,
        job_id,
        lines_done,
        bytes_done,
        to_jsonb(counts),
        is_read,
        problem,
    )


async def keep_plan(connection: Connection, tenant_id: UUID, job_id: UUID, plan: str, columns: list[str]) -> None:
    """Store the plan of a file (JSON) and its header, decoded with the detected encoding."""
    await connection.execute(
        "update data.import_file set plan = $3, columns = $4 where tenant_id = $1 and job_id = $2",
        tenant_id,
        job_id,
        plan,
        columns,
    )


async def add_rejects(
    connection: Connection, tenant_id: UUID, job_id: UUID, rejects: list[RejectedLine], *, already: int
) -> None:
    """Store rejected lines up to MAX_KEPT_REJECTS; `already` is the number of earlier ones."""
    rejects = rejects[: max(0, MAX_KEPT_REJECTS - already)]
    # One statement: asyncpg's executemany waits for room to write, up to its time limit if the connection is lost.
    # (A RejectedLine is an array in JSON: line, reason, original.)
    await connection.execute(
        "insert into data.import_reject (tenant_id, job_id, line, reason, original)"
        " select $1, $2, (r ->> 0)::bigint, r ->> 1, array(select jsonb_array_elements_text(r -> 2))"
        " from jsonb_array_elements($3::jsonb) r on conflict do nothing",
        tenant_id,
        job_id,
        to_jsonb(rejects),
    )


async def rejects_after(
    connection: Connection, tenant_id: UUID, job_id: UUID, line: int, limit: int
) -> list[RejectedLine]:
    """Return at most `limit` rejected lines of a job after a line, in order."""
    rows = await connection.fetch(
        "select line, reason, original from data.import_reject"
        " where tenant_id = $1 and job_id = $2 and line > $3 order by line limit $4",
        tenant_id,
        job_id,
        line,
        limit,
    )
    return [RejectedLine(row["line"], row["reason"], row["original"]) for row in rows]
