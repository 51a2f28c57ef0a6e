"""`/data/import`: import files, preview an import, and download rejected lines."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import StreamingResponse

from common import audit
from common.auth.principal import Principal
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.http.upload import multipart
from common.http.while_connected import while_connected
from common.jobs.shapes import Job
from common.jobs.store import enqueue_as
from services.data_service.api.callers import Reader, Writer
from services.data_service.api.preview_places import PreviewPlaces
from services.data_service.api.received_file import ReceivedFile, files_of_imports, receive
from services.data_service.api.rejects_csv import rejects_csv
from services.data_service.api.shapes import FilePreview
from services.data_service.domain.csv_files.options import OPTION_SCHEMAS
from services.data_service.domain.files.preview_file import preview_file
from services.data_service.domain.files.read_chunk import ReadOrder
from services.data_service.domain.files.uploaded_file import IMPORT_KINDS
from services.data_service.errors import ImportNotFound
from services.data_service.store.files.import_files import add_import_file, get_import_file
from services.data_service.store.tenant_settings import location_source

router = APIRouter(tags=["imports"])
# A plain string rather than an enum: the error for an unknown kind lists the known ones.
Kind = Annotated[
    str,
    Path(
        description="what the file contains, which determines its columns",
        json_schema_extra={"enum": list(IMPORT_KINDS)},
    ),
]
_MULTIPART: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": multipart(OPTION_SCHEMAS)}}


@router.post(
    "/data/import/{kind}",
    status_code=202,
    summary="Import a file",
    response_model=None,
    responses={202: {"model": Job}},
    openapi_extra=_MULTIPART,
)
async def post_import(kind: Kind, request: Request, caller: Writer, context: Context) -> JsonAnswer:
    """Upload a file (multipart, part `file`) and import it in a job. The format is detected from the content.

    `ga4-export` files are newline-delimited JSON in BigQuery's export schema, optionally gzipped, or Parquet. All other
    kinds are CSV with a header, optionally gzipped. Encoding, separator and the formats of dates and numbers are
    detected; the form fields beside the file set what cannot be detected. Invalid lines are rejected with their number
    and a reason, and the others are imported. If the file breaks off, the job ends `failed` and says where;
    the lines before that are imported, except for `campaign-performance`, which needs the whole file.
    """
    received = await receive(kind, request, caller, context)
    try:
        job = await _queue(context, caller, received)
    except BaseException:
        await files_of_imports(context).delete(received.path)
        raise
    return JsonAnswer(job, status_code=202)


@router.post(
    "/data/import/{kind}/preview",
    summary="Preview an import",
    response_model=None,
    responses={200: {"model": FilePreview}},
    openapi_extra=_MULTIPART,
)
async def preview_import(kind: Kind, request: Request, caller: Writer, context: Context) -> JsonAnswer:
    """Read a whole file like its import, with the same form fields, but store nothing.

    The answer shows how the file is interpreted, the numbers of new, changed and unchanged rows, the first rejects with
    their reasons, and the first rows as they would be stored. `problem` says why the import would fail, or that the
    file is too long for a preview, so that the answer covers only its beginning. Each tenant can preview one file at a
    time.
    """
    places: PreviewPlaces = context.extras["previews"]
    places.refuse_second(caller.tenant_id)
    received = await receive(kind, request, caller, context)
    try:
        return JsonAnswer(await while_connected(request, _preview(context, caller, received)))
    finally:
        await files_of_imports(context).delete(received.path)


@router.get(
    "/data/import/jobs/{id}/rejects",
    summary="Download rejected lines",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}},
)
async def get_rejects(id: UUID, caller: Reader, context: Context) -> StreamingResponse:  # noqa: A002 -- the contract's name
    """Download the rejected lines of an import as CSV: `line`, `reason`, then the original columns.

    For a `ga4-export` there is one original column, `row`. A cell that a spreadsheet would run as a formula has a
    leading apostrophe. The rejects of a CSV can be corrected in this file and imported again as it is. Only the first
    100,000 rejects are kept; a last line says how many are missing.
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
        rejects_csv(context, caller.tenant_id, file),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rejects-{id}.csv"'},
    )


async def _preview(context: ServiceContext, caller: Principal, received: ReceivedFile) -> dict[str, Any]:
    places: PreviewPlaces = context.extras["previews"]
    async with places.of(caller.tenant_id):
        async with context.db.of(caller, readonly=True) as connection:
            rule = await location_source(connection, caller.tenant_id)
        order = ReadOrder(
            place=files_of_imports(context).place,
            path=received.path,
            kind=received.kind,
            form=received.file.form,
            is_gzip=received.file.is_gzip,
            skip_lines=0,
            location_source=rule,
            options=received.around.options,
            country=received.around.country,
            zone=received.around.zone,
            currency=received.around.currency,
            year=received.around.year,
        )
        return await preview_file(context, caller, order, received.file.plan)


async def _queue(context: ServiceContext, caller: Principal, received: ReceivedFile) -> dict[str, Any]:
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
            columns=received.file.plan.header if received.file.plan else None,
            options=options,
        )
        params = {"file": received.name, "bytes": received.size}
        job = await enqueue_as(connection, context.name, tenant_id, job_id, f"import.{kind}", params, caller.account_id)
        detail = {"kind": kind, **params}
        await audit.record(connection, "data", tenant_id, caller, "import.started", target=str(job_id), detail=detail)
    context.wake_relay()
    return job
