"""What leaves by age: since when everything is kept, and what left, as files."""

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
    """After how many days what leaves, as the tenant's settings say; null: it stays."""

    hourly_days: int | None
    daily_days: int | None
    event_days: int | None


class FirstDays(BaseModel):
    """The first day of which there is still everything; null: nothing has left."""

    hours: date | None
    days: date | None
    events: date | None


class Retained(BaseModel):
    """What is to leave, and what has."""

    ages: AgesSet
    kept_from: FirstDays


class Export(BaseModel):
    """A month of a table that left. `sums` are of its columns of numbers, exact, as text."""

    export_id: UUID
    table_name: str
    month: date
    rows: int
    bytes: int
    sums: dict[str, str]
    written_at: datetime


class ExportPage(BaseModel):
    """One page of exports."""

    data: list[Export]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get("", summary="What leaves by age", response_model=None, responses={200: {"model": Retained}})
async def retention(request: Request, caller: TenantAdmin, context: Context) -> Response:
    """The ages that `PATCH /auth/tenants/{id}` set, and since when everything is kept; a range before has gaps."""
    async with context.db.of(caller, readonly=True) as connection:
        ages = await get_ages(connection, caller.tenant_id)
        kept_from = await get_kept_from(connection, caller.tenant_id)
    return etagged(request, {"ages": ages._asdict(), "kept_from": kept_from._asdict()})


@router.post("", status_code=202, summary="Let hours and days leave now")
async def drop_now(caller: TenantAdmin, context: Context) -> Job:
    """What is past its age leaves by itself after each midnight of the tenant; this does not wait for it."""
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        job = Job(**await enqueue(connection, context.name, caller.tenant_id, DROP_AGED_KIND, {}, caller.account_id))
        await audit.record(
            connection, context.name, caller.tenant_id, caller, "retention.started", target=str(job.job_id)
        )
    context.wake_relay()
    return job


@router.get(
    "/exports", summary="Months that left, as files", response_model=None, responses={200: {"model": ExportPage}}
)
async def exports(request: Request, caller: TenantAdmin, context: Context, page: Page) -> Response:
    """Newest months first; each is fetched by its `export_id`."""
    async with context.db.of(caller, readonly=True) as connection:
        rows, total = await list_exports(connection, caller.tenant_id, page)
    return etagged(request, page_answer(rows, total, page))


@router.get(
    "/exports/{export_id}",
    summary="A month that left",
    response_model=None,
    responses={200: {"content": {_PARQUET: {}}}},
)
async def export_file(export_id: UUID, caller: TenantAdmin, context: Context) -> StreamingResponse:
    """As a Parquet file."""
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
