"""Files in: `POST /data/import/{kind}`, what it would do, and the lines that were not taken."""

import asyncio
import csv
from collections.abc import AsyncGenerator, AsyncIterator
from io import StringIO
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from common import audit
from common.auth.principal import Principal
from common.files import FileStore
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.http.upload import Upload, multipart
from common.jobs.shapes import Job
from common.jobs.store import enqueue_as
from services.data_service.api.callers import Reader, Writer
from services.data_service.api.shapes import FilePreview
from services.data_service.domain.csv_files.options import OPTION_SCHEMAS, read_options
from services.data_service.domain.csv_files.survey import Surroundings
from services.data_service.domain.preview_file import Preview
from services.data_service.domain.read_chunk import ReadOrder
from services.data_service.domain.reader_process import chunks_of
from services.data_service.domain.spreadsheet_safe import safe_cell
from services.data_service.domain.uploaded_file import IMPORT_KINDS, UploadedFile, judge_file
from services.data_service.errors import ImportKindUnknown, ImportNotFound, PreviewInterrupted
from services.data_service.sources.file_shape import HEAD_BYTES
from services.data_service.store.import_files import ImportFile, add_import_file, get_import_file, rejects_after
from services.data_service.store.record_events import LocationRuleChanged
from services.data_service.store.tenant_settings import location_source, place_of_tenant
from services.data_service.store.undone import undone

router = APIRouter(tags=["imports"])
_REJECTS_AT_A_TIME: Final = 1_000
_MULTIPART: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": multipart(OPTION_SCHEMAS)}}


@router.post(
    "/data/import/{kind}",
    status_code=202,
    summary="Import a file",
    response_model=None,
    responses={202: {"model": Job}},
    openapi_extra=_MULTIPART,
)
async def post_import(kind: str, request: Request, caller: Writer, context: Context) -> JsonAnswer:
    """Take a file (multipart, part `file`) and import it as a job; its format is judged by its content.

    `ga4-export`: newline-delimited JSON in BigQuery's export shape, gzip of that, or Parquet. All others: CSV with a
    header, or gzip of that, in any usual encoding, separator and form of dates and numbers, which the file itself
    shows; fields beside the file say what it does not. A line that cannot be taken is rejected with its number and
    reason, and the rest goes in. A file that breaks off goes in up to there, and the job ends failed and says where.
    """
    received = await _receive(kind, request, caller, context)
    try:
        job = await _queue(context, caller, received)
    except BaseException:
        await _files(context).delete(received.path)
        raise
    return JsonAnswer(job, status_code=202)


@router.post(
    "/data/import/{kind}/preview",
    summary="See what an import would do",
    response_model=None,
    responses={200: {"model": FilePreview}},
    openapi_extra=_MULTIPART,
)
async def preview_import(kind: str, request: Request, caller: Writer, context: Context) -> JsonAnswer:
    """Read a whole file as its import would, with the same fields beside it, and write nothing.

    Answers how the file is understood, how many rows are new, changed and unchanged, the first rejects with their
    reasons and the first rows as they would be stored. `problem` says why the import would end failed.
    """
    received = await _receive(kind, request, caller, context)
    places: asyncio.Semaphore = context.extras["previews"]
    try:
        async with places:
            return JsonAnswer(await _preview(context, caller, received))
    finally:
        await _files(context).delete(received.path)


@router.get(
    "/data/import/jobs/{id}/rejects",
    summary="The lines of an import that were not taken",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}},
)
async def get_rejects(id: UUID, caller: Reader, context: Context) -> StreamingResponse:  # noqa: A002 -- the contract's name
    """CSV: `line`, `reason`, then the original columns (of a JSON file one, `row`), one physical line a reject.

    Cells that a spreadsheet would run as a formula begin with an apostrophe.
    """
    async with context.db.of(caller) as connection:
        file = await get_import_file(connection, caller.tenant_id, id)
        if file is None:
            raise ImportNotFound
        detail = {"file": file.name}
        await audit.record(
            connection, "data", caller.tenant_id, caller, "rejects.exported", target=str(id), detail=detail
        )
    context.wake_relay()
    return StreamingResponse(
        _rejects_csv(context, caller.tenant_id, file),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rejects-{id}.csv"'},
    )


class _Received(NamedTuple):
    """An upload that lies in the file store and is what its import reads."""

    job_id: UUID
    kind: str
    path: str
    name: str
    size: int
    file: UploadedFile
    around: Surroundings


def _files(context: ServiceContext) -> FileStore:
    return context.extras["files"]


async def _receive(kind: str, request: Request, caller: Principal, context: ServiceContext) -> _Received:
    """Store and judge an upload; one that is refused is dropped."""
    if kind not in IMPORT_KINDS:
        message = f"{kind[:60]!r} is none of {', '.join(IMPORT_KINDS)}"
        raise ImportKindUnknown(message)
    upload = Upload(request)
    job_id = uuid4()
    path = f"{caller.tenant_id}/{job_id}"
    files = _files(context)
    await _store(files, path, upload)
    try:
        async with context.db.of(caller, readonly=True) as connection:
            place = await place_of_tenant(connection, caller.tenant_id)
        around = Surroundings(read_options(kind, upload.fields), place.country, place.time_zone)
        head = await files.head(path, min(HEAD_BYTES, upload.size)) if upload.size else b""
        # In a thread: the head of a wide file is thousands of names, in several ways to part them.
        file = await asyncio.to_thread(judge_file, kind, head, around)
    except BaseException:
        await files.delete(path)
        raise
    return _Received(job_id, kind, path, upload.name, upload.size, file, around)


async def _preview(context: ServiceContext, caller: Principal, received: _Received) -> dict[str, Any]:
    async with context.db.of(caller, readonly=True) as connection:
        rule = await location_source(connection, caller.tenant_id)
    order = ReadOrder(
        place=_files(context).place,
        path=received.path,
        kind=received.kind,
        form=received.file.form,
        is_gzip=received.file.is_gzip,
        skip_lines=0,
        location_source=rule,
        options=received.around.options,
        country=received.around.country,
        zone=received.around.zone,
    )
    preview = Preview(received.kind)
    try:
        async with chunks_of(order) as chunks, undone(context.db, caller) as connection:
            await preview.see(connection, caller.tenant_id, chunks, rule)
    except LocationRuleChanged as changed:
        raise PreviewInterrupted from changed
    return preview.answer()


async def _store(files: FileStore, path: str, upload: Upload) -> None:
    failure: Exception | None = None

    async def blocks() -> AsyncIterator[bytes]:
        nonlocal failure
        try:
            async for block in upload.blocks():
                yield block
        except Exception as error:
            failure = error
            raise

    try:
        await files.put(path, blocks())
    except Exception as error:  # noqa: BLE001 -- raised again, unwrapped
        # The file store wraps what the stream raised; the caller is told what was wrong with the upload itself.
        raise failure or error from None


async def _queue(context: ServiceContext, caller: Principal, received: _Received) -> dict[str, Any]:
    tenant_id, job_id, kind = caller.tenant_id, received.job_id, received.kind
    options = msgspec.json.encode(received.around.options).decode()
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        await add_import_file(
            connection,
            tenant_id,
            job_id,
            kind=kind,
            name=received.name,
            path=received.path,
            form=received.file.form,
            is_gzip=received.file.is_gzip,
            size=received.size,
            columns=received.file.columns,
            options=options,
        )
        params = {"file": received.name, "bytes": received.size}
        job = await enqueue_as(connection, context.name, tenant_id, job_id, f"import.{kind}", params, caller.account_id)
        detail = {"kind": kind, **params}
        await audit.record(connection, "data", tenant_id, caller, "import.started", target=str(job_id), detail=detail)
    context.wake_relay()
    return job


async def _rejects_csv(context: ServiceContext, tenant_id: UUID, file: ImportFile) -> AsyncGenerator[str]:
    columns = file.columns or ["row"]
    yield _csv_line(["line", "reason", *columns])
    line = 0
    while True:
        async with context.db.tenant(tenant_id, readonly=True) as connection:
            rejects = await rejects_after(connection, tenant_id, file.job_id, line, _REJECTS_AT_A_TIME)
        if not rejects:
            return
        yield "".join(_csv_line([str(reject.line), reject.reason, *reject.original]) for reject in rejects)
        line = rejects[-1].line


def _csv_line(cells: list[str]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()
