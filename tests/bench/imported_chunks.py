"""Chunks of files, written as their import writes them (jobs/import_file): rows and how far the file is, at once."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID, uuid4

from common.db import Connection
from common.jobs import JobContext
from services.data_service.store.files.import_files import advance_import_file, get_import_file

_FILE: Final = (
    "with job as (insert into data.job (tenant_id, job_id, kind, status) values ($1, $2, 'import', 'running'))"
    " insert into data.import_file (tenant_id, job_id, kind, name, path, form, is_gzip, bytes)"
    " values ($1, $2, $3, 'file.csv', 'file.csv', 'text', false, $4)"
)
_BYTES: Final = 100_000_000


async def add_file(writer: Connection, tenant_id: UUID, kind: str) -> UUID:
    """A file whose import is at work; gives its job's id."""
    job_id = uuid4()
    await writer.execute(_FILE, tenant_id, job_id, kind, _BYTES)
    return job_id


async def record_chunk(connection: Connection, job: JobContext, record: Callable[[], Awaitable[Any]]) -> None:
    """A chunk's rows, in the transaction in which the file and its job come further."""
    file = await get_import_file(connection, job.tenant_id, job.job_id, lock=True)
    assert file is not None
    await record()
    await advance_import_file(
        *(connection, job.tenant_id, job.job_id),
        lines_done=file.lines_done + 1,
        bytes_done=file.lines_done + 1,
        counts=file.counts,
        is_read=False,
        problem=None,
    )
    await job.progress(file.lines_done + 1, _BYTES, connection)


def at_work(tenant_id: UUID, job_id: UUID) -> JobContext:
    """An import's job without the service that it would run in."""
    service: Any = SimpleNamespace(name="data", stopping=asyncio.Event())
    return JobContext(service, tenant_id, job_id, "import", {}, 1)
