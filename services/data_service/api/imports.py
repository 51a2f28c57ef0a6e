"""Files in: `POST /data/import/{kind}`, and the lines of them that were not taken."""

import csv
from collections.abc import AsyncGenerator, AsyncIterator
from io import StringIO
from typing import Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from common import audit
from common.auth.principal import Principal
from common.files import FileStore
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.http.upload import MULTIPART, Upload
from common.jobs.shapes import Job
from common.jobs.store import enqueue_as
from services.data_service.api.callers import Reader, Writer
from services.data_service.domain.spreadsheet_safe import safe_cell
from services.data_service.domain.uploaded_file import IMPORT_KINDS, UploadedFile, judge_file
from services.data_service.errors import ImportKindUnknown, ImportNotFound
from services.data_service.sources.file_shape import HEAD_BYTES
from services.data_service.store.import_files import ImportFile, add_import_file, get_import_file, rejects_after

router = APIRouter(tags=["imports"])
_REJECTS_AT_A_TIME: Final = 1_000
_MULTIPART: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": MULTIPART}}


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

    `ga4-export`: newline-delimited JSON in BigQuery's export shape, gzip of that, or Parquet. `users`, `locations`:
    CSV with a header, or gzip of that. A line that cannot be taken is rejected with its number and reason, and the rest
    goes in. A file that breaks off goes in up to there, and the job ends failed and says where.
    """
    if kind not in IMPORT_KINDS:
        message = f"{kind[:60]!r} is none of {', '.join(IMPORT_KINDS)}"
        raise ImportKindUnknown(message)
    upload = Upload(request)
    job_id = uuid4()
    path = f"{caller.tenant_id}/{job_id}"
    files: FileStore = context.extras["files"]
    await _store(files, path, upload)
    try:
        head = await files.head(path, min(HEAD_BYTES, upload.size)) if upload.size else b""
        file = judge_file(kind, head)
        job = await _queue(context, caller, job_id, kind, path, upload, file)
    except BaseException:
        await files.delete(path)
        raise
    return JsonAnswer(job, status_code=202)


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


async def _queue(
    context: ServiceContext,
    caller: Principal,
    job_id: UUID,
    kind: str,
    path: str,
    upload: Upload,
    file: UploadedFile,
) -> dict[str, Any]:
    tenant_id = caller.tenant_id
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        await add_import_file(
            connection,
            tenant_id,
            job_id,
            kind=kind,
            name=upload.name,
            path=path,
            form=file.form,
            is_gzip=file.is_gzip,
            size=upload.size,
            columns=file.columns,
        )
        params = {"file": upload.name, "bytes": upload.size}
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
