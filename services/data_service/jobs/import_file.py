"""Importing an uploaded file: `import.ga4-export`, `import.users`, `import.locations`.

The file is read in a process of its own and committed chunk by chunk: rows, rejects, counts and how far it is, in one
transaction. A worker that dies leaves the file at the end of a chunk, and the next one goes on there.
"""

from uuid import UUID

from common.db import Connection
from common.files import FileStore
from common.jobs import AWAITING, JobContext, JobFailed
from services.data_service.domain.read_chunk import ReadChunk, ReadOrder
from services.data_service.jobs.reader_process import chunks_of
from services.data_service.store.batches import await_refresh
from services.data_service.store.contacts import upsert_contacts
from services.data_service.store.import_files import ImportFile, add_rejects, advance_import_file, get_import_file
from services.data_service.store.months import KnownMonths
from services.data_service.store.record_events import LocationRuleChanged, record_events
from services.data_service.store.road_days import EXPORT_ROAD
from services.data_service.store.tenant_settings import location_source


class FileMovedOn(Exception):
    """Another worker has taken the file further than this one knew."""


async def import_file(job: JobContext) -> object:
    """Read the job's file to its end, then wait until every answer includes its rows.

    Raises:
        JobFailed: the file breaks off; what stood before is in.
        JobCancelled, JobHandedBack: between two chunks.
    """
    while not (file := await _file_of(job)).is_read:
        try:
            await _read_on(job, file)
        except (LocationRuleChanged, FileMovedOn):
            continue
    await _drop(job, file)
    if file.problem:
        raise JobFailed(file.problem)
    async with job.service.db.tenant(job.tenant_id) as connection:
        is_in = await await_refresh(connection, job.tenant_id, job.job_id)
    return None if is_in else AWAITING


async def _drop(job: JobContext, file: ImportFile) -> None:
    files: FileStore = job.service.extras["files"]
    await files.delete(file.path)


async def _file_of(job: JobContext) -> ImportFile:
    async with job.service.db.tenant(job.tenant_id) as connection:
        file = await get_import_file(connection, job.tenant_id, job.job_id)
    if file is None:
        raise JobFailed("the job's file is not known here")
    return file


async def _read_on(job: JobContext, file: ImportFile) -> None:
    """Commit chunk after chunk from where the file stands."""
    store: FileStore = job.service.extras["files"]
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        rule = await location_source(connection, job.tenant_id)
    order = ReadOrder(store.place, file.path, file.kind, file.form, file.is_gzip, file.lines_done, rule)
    lines_done = file.lines_done
    async with chunks_of(order) as chunks:
        async for chunk in chunks:
            await _commit(job, chunk, lines_done, rule)
            job.service.wake_relay()
            lines_done = chunk.lines_done


async def _commit(job: JobContext, chunk: ReadChunk, lines_before: int, rule: str | None) -> None:
    months: KnownMonths = job.service.extras["months"]
    if chunk.events:
        await months.ensure(job.service.db, chunk.events.months)
    async with job.service.db.tenant(job.tenant_id) as connection:
        file = await get_import_file(connection, job.tenant_id, job.job_id, lock=True)
        if file is None or file.is_read or file.lines_done != lines_before:
            raise FileMovedOn
        counts = await _take_rows(connection, job.tenant_id, job.job_id, file.kind, chunk, rule)
        if chunk.rejects:
            await add_rejects(
                connection, job.tenant_id, job.job_id, chunk.rejects, already=file.counts.get("rejected", 0)
            )
            counts["rejected"] = len(chunk.rejects)
        job.counts = _sum(file.counts, counts)
        await advance_import_file(
            connection,
            job.tenant_id,
            job.job_id,
            lines_done=chunk.lines_done,
            bytes_done=chunk.bytes_done,
            counts=job.counts,
            is_read=chunk.is_last,
            problem=chunk.problem or None,
        )
        await job.progress(file.bytes if chunk.is_last else min(chunk.bytes_done, file.bytes), file.bytes, connection)


async def _take_rows(
    connection: Connection, tenant_id: UUID, job_id: UUID, kind: str, chunk: ReadChunk, rule: str | None
) -> dict[str, int]:
    """Put the chunk's rows in; gives new rows by table, and what became of the others."""
    if chunk.events:
        recorded = await record_events(
            connection, tenant_id, chunk.events, resolved_by=rule, road=EXPORT_ROAD, job_id=job_id
        )
        return recorded.as_counts()
    if chunk.contacts:
        changed = await upsert_contacts(connection, tenant_id, job_id, kind, chunk.contacts)
        return {kind: changed, "duplicates": len(chunk.contacts) - changed}
    return {}


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {
        name: one.get(name, 0) + other.get(name, 0) for name in (*one, *(name for name in other if name not in one))
    }
