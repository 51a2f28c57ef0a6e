"""Importing an uploaded file: `import.<kind>`, one kind of job for each kind of file.

The file is read in its own process and committed chunk by chunk: rows, rejects, counts and the position in one
transaction. If a worker dies, the next one continues after the last committed chunk.
"""

from typing import Final

import msgspec

from common.clock import now
from common.files import FileStore
from common.jobs import AWAITING, JobContext, JobFailed
from services.data_service.domain.csv_files.dates import latest_year
from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE, FX_RATES
from services.data_service.domain.csv_files.plan import FilePlan, ImportOptions
from services.data_service.domain.files.read_chunk import ReadChunk, ReadOrder
from services.data_service.domain.files.reader_process import chunks_of
from services.data_service.domain.files.take_chunk import add_counts, take_chunk
from services.data_service.domain.files.uploaded_file import EVENTS
from services.data_service.store.events.batches import await_refresh
from services.data_service.store.events.months import KnownMonths
from services.data_service.store.events.record_events import LocationRuleChanged
from services.data_service.store.files.import_files import (
    ImportFile,
    add_rejects,
    advance_import_file,
    get_import_file,
    keep_plan,
)
from services.data_service.store.tenant_settings import location_source, place_of_tenant

# For these kinds the job completes only when every answer includes the rows; no answers are computed from the others.
_IN_ANSWERS: Final = (EVENTS, "users", "locations", "leads", "contracts", CAMPAIGN_PERFORMANCE, FX_RATES)


class FileMovedOn(Exception):
    """Another worker has committed chunks that this one does not know of."""


async def import_file(job: JobContext) -> object:
    """Import the job's file to its end, then wait until every answer includes its rows.

    Raises:
        JobFailed: the file is broken; rows before that point are recorded.
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
    if file.kind not in _IN_ANSWERS:
        return None
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
    """Commit chunk after chunk from the stored position."""
    store: FileStore = job.service.extras["files"]
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        rule = await location_source(connection, job.tenant_id)
        place = await place_of_tenant(connection, job.tenant_id)
    order = ReadOrder(
        place=store.place,
        path=file.path,
        kind=file.kind,
        form=file.form,
        is_gzip=file.is_gzip,
        skip_lines=file.lines_done,
        location_source=rule,
        options=msgspec.json.decode(file.options, type=ImportOptions),
        plan=msgspec.json.decode(file.plan, type=FilePlan) if file.plan else None,
        country=place.country,
        zone=place.time_zone,
        currency=place.currency,
        year=latest_year(now()),
    )
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
        if chunk.plan:
            plan = msgspec.json.encode(chunk.plan).decode()
            await keep_plan(connection, job.tenant_id, job.job_id, plan, chunk.plan.header)
        taken = await take_chunk(connection, job.tenant_id, job.job_id, file.kind, chunk, rule)
        if taken.rejects:
            already = file.counts.get("rejected", 0)
            await add_rejects(connection, job.tenant_id, job.job_id, taken.rejects, already=already)
        job.counts = add_counts(file.counts, taken.counts)
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
