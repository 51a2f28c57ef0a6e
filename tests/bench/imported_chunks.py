"""Chunks of files, read and written as jobs/import_file does: rows and the import's progress in one transaction."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import msgspec

from common.db import Connection
from common.files import FileStore
from common.jobs import JobContext
from services.data_service.domain.files.read_chunk import ReadChunk, ReadOrder
from services.data_service.domain.files.read_file import read_file
from services.data_service.domain.files.take_chunk import take_chunk
from services.data_service.store.events.copy_text import rows_of_copy
from services.data_service.store.events.staged_rows import staged_rows
from services.data_service.store.files.import_files import advance_import_file, get_import_file, keep_plan

_FILE: Final = (
    "with job as (insert into data.job (tenant_id, job_id, kind, status) values ($1, $2, 'import', 'running'))"
    " insert into data.import_file (tenant_id, job_id, kind, name, path, form, is_gzip, bytes)"
    " values ($1, $2, $3, 'file.csv', 'file.csv', 'text', false, $4)"
)
_BYTES: Final = 100_000_000
_LEADS: Final = "leads"


class ReadFile(NamedTuple):
    """A file's chunks, and the CPU milliseconds of reading them and of encoding their rows."""

    chunks: list[ReadChunk]
    reading: float
    text: float


async def add_file(writer: Connection, tenant_id: UUID, kind: str) -> UUID:
    """Add a file whose import is running, and return its job's id."""
    job_id = uuid4()
    await writer.execute(_FILE, tenant_id, job_id, kind, _BYTES)
    return job_id


async def record_chunk(connection: Connection, job: JobContext, record: Callable[[], Awaitable[Any]]) -> None:
    """Record a chunk's rows in the transaction that also advances the file and its job."""
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


async def read_leads(files: FileStore, content: bytes) -> ReadFile:
    """Read a file of leads as an import's reader does, but without a process of its own."""
    await files.put("leads.csv", content)
    order = ReadOrder(
        *(files.place, "leads.csv", _LEADS, "text", False, 0),
        zone="America/Chicago",
        currency="USD",
        year=2026,
    )
    began = time.process_time()
    chunks = list(read_file(order))
    read = time.process_time() - began
    assert not any(chunk.rejects or chunk.problem for chunk in chunks)
    # The reader does both at once, so the rows are encoded again to measure that part.
    rows = [(chunk.rows, rows_of_copy(chunk.rows.copy, chunk.rows.count)) for chunk in chunks if chunk.rows]
    # The service holds a chunk at a time. This process holds whole files, which are no part of its garbage collection.
    gc.collect()
    gc.freeze()
    began = time.process_time()
    for staged, values in rows:
        staged_rows(staged.table, staged.columns, values)
    text = time.process_time() - began
    return ReadFile(chunks, (read - text) * 1000, text * 1000)


async def take_leads(connection: Connection, job: JobContext, chunk: ReadChunk) -> None:
    """Record a chunk of leads; the first chunk of a file also stores how the file is read."""

    async def record() -> None:
        if chunk.plan:
            plan = msgspec.json.encode(chunk.plan).decode()
            await keep_plan(connection, job.tenant_id, job.job_id, plan, chunk.plan.header)
        await take_chunk(connection, job.tenant_id, job.job_id, _LEADS, chunk, None)

    await record_chunk(connection, job, record)


def job_context(tenant_id: UUID, job_id: UUID) -> JobContext:
    """Return the context of an import's job, without a running service."""
    service: Any = SimpleNamespace(name="data", stopping=asyncio.Event())
    return JobContext(service, tenant_id, job_id, "import", {}, 1)
