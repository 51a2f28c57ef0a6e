"""Routes of retention by age: from when on data is complete, and the removed months as files."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from common import audit
from common.auth.principal import Principal
from common.files import FileStore
from common.http.context import Context
from common.http.require import require
from common.jobs import enqueue
from common.jobs.shapes import Job
from common.pagination import Page, page_answer
from services.analytics_service.api.etagged import etagged
from services.analytics_service.domain.aggregate_jobs import DROP_AGED_KIND
from services.analytics_service.errors import ExportNotFound
from services.analytics_service.store.retained_exports import find_export, list_exports
from services.analytics_service.store.retention import get_ages, get_kept_from

router = APIRouter(prefix="/api/analytics/retention", tags=["retention"])
TenantAdmin = Annotated[Principal, Depends(require("tenant:admin"))]
_PARQUET = "application/vnd.apache.parquet"


class AgesSet(BaseModel):
    """After how many days data is removed, as the tenant's settings say; null: it is kept."""

    hourly_days: int | None
    daily_days: int | None
    event_days: int | None


class FirstDays(BaseModel):
    """The first day with complete data; null: nothing has been removed."""

    hours: date | None
    days: date | None
    events: date | None


class Retained(BaseModel):
    """The configured ages, and from when on data is complete."""

    ages: AgesSet
    kept_from: FirstDays


class Export(BaseModel):
    """A removed month of a table. `sums` has the exact sum of each numeric column, as text."""

    export_id: UUID
    table_name: str
    month: date
    rows: int
    bytes: int
    sums: dict[str, str]
    written_at: datetime


class ExportPage(BaseModel):
    """A page of exports."""

    data: list[Export]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get("", summary="Retention by age", response_model=None, responses={200: {"model": Retained}})
async def retention(request: Request, caller: TenantAdmin, context: Context) -> Response:
    """The ages set by `PATCH /auth/tenants/{id}`, and from when on data is complete; earlier ranges have gaps."""
    async with context.db.of(caller, readonly=True) as connection:
        ages = await get_ages(connection, caller.tenant_id)
        kept_from = await get_kept_from(connection, caller.tenant_id)
    return etagged(request, {"ages": ages._asdict(), "kept_from": kept_from._asdict()})


@router.post("", status_code=202, summary="Remove hours and days past their age now")
async def drop_now(caller: TenantAdmin, context: Context) -> Job:
    """Start the removal that otherwise runs after each midnight of the tenant, as a job."""
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        job = Job(**await enqueue(connection, context.name, caller.tenant_id, DROP_AGED_KIND, {}, caller.account_id))
        await audit.record(
            connection, context.name, caller.tenant_id, caller, "retention.started", target=str(job.job_id)
        )
    context.wake_relay()
    return job


@router.get("/exports", summary="Removed months, as files", response_model=None, responses={200: {"model": ExportPage}})
async def exports(request: Request, caller: TenantAdmin, context: Context, page: Page) -> Response:
    """List the exports, the newest month first. Each file is fetched by its `export_id`."""
    async with context.db.of(caller, readonly=True) as connection:
        rows, total = await list_exports(connection, caller.tenant_id, page)
    return etagged(request, page_answer(rows, total, page))


@router.get(
    "/exports/{export_id}",
    summary="A removed month",
    response_model=None,
    responses={200: {"content": {_PARQUET: {}}}},
)
async def export_file(export_id: UUID, caller: TenantAdmin, context: Context) -> StreamingResponse:
    """Return the removed month as a Parquet file."""
    async with context.db.of(caller, readonly=True) as connection:
        found = await find_export(connection, caller.tenant_id, export_id)
    files: FileStore = context.extras["files"]
    if found is None or not await files.is_there(found[0]):
        message = f"there is no file of export {export_id}"
        raise ExportNotFound(message)
    headers = {"Content-Disposition": f'attachment; filename="{found[1]}"', "Cache-Control": "private, no-store"}
    return StreamingResponse(_blocks(files, found[0]), media_type=_PARQUET, headers=headers)


def _blocks(files: FileStore, name: str) -> Iterator[bytes]:
    yield from files.blocks(name)
