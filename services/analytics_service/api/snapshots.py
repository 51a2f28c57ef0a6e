"""Routes of `/api/analytics`: saved snapshots of the figures of a day, a week or a month."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from common import audit
from common.day_limits import EARLIEST
from common.http.context import Context
from common.http.json import JsonAnswer
from common.pagination import Page, page_answer
from common.written_time import CalendarDay
from services.analytics_service.api.callers import WholeCompanyReader
from services.analytics_service.api.etagged import etagged
from services.analytics_service.domain.snapshot_metrics import SnapshotType, period_of, snapshot_metrics
from services.analytics_service.errors import SnapshotInvalid
from services.analytics_service.store import snapshots
from services.analytics_service.store.campaigns import get_campaign_totals
from services.analytics_service.store.retention import get_kept_from
from services.analytics_service.store.tenants import get_week_start, today

router = APIRouter(prefix="/api/analytics", tags=["snapshots"])


class NewSnapshot(BaseModel):
    """Which period to save: the day, week or month that contains `date` (default: today)."""

    model_config = ConfigDict(extra="forbid")

    type: SnapshotType
    date: Annotated[CalendarDay | None, Field(ge=EARLIEST)] = None


class TopCampaign(BaseModel):
    """A campaign and what it brought."""

    platform: str
    campaign_name: str
    leads: int
    conversions: int
    revenue: float
    spend: float
    roi: float


class SnapshotMetrics(BaseModel):
    """The figures. `average_roi` is the ROI of all spend together; `top_performing_campaigns` go by revenue."""

    total_spend: float
    total_revenue: float
    total_conversions: int
    average_roi: float
    top_performing_campaigns: list[TopCampaign]


class Snapshot(BaseModel):
    """The figures of the period that begins on `date`, as they were at `saved_at`."""

    id: UUID
    type: SnapshotType
    date: date
    metrics: SnapshotMetrics
    saved_by: str
    saved_at: datetime


class SnapshotPage(BaseModel):
    """A page of snapshots."""

    data: list[Snapshot]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get("", summary="Saved snapshots", response_model=None, responses={200: {"model": SnapshotPage}})
async def list_snapshots(
    request: Request,
    caller: WholeCompanyReader,
    context: Context,
    page: Page,
    kind: Annotated[SnapshotType | None, Query(alias="type")] = None,
) -> Response:
    """List snapshots of one type or of all, the latest period first."""
    async with context.db.of(caller, readonly=True) as connection:
        found, total = await snapshots.list_snapshots(connection, caller.tenant_id, kind, page)
    return etagged(request, page_answer(found, total, page))


@router.post(
    "",
    status_code=201,
    summary="Save a snapshot",
    response_model=None,
    responses={200: {"model": Snapshot}, 201: {"model": Snapshot}},
)
async def save_snapshot(body: NewSnapshot, caller: WholeCompanyReader, context: Context) -> JsonAnswer:
    """Save the figures of the day, week or month that contains `date`; 200 if they replace an earlier snapshot."""
    async with context.db.of(caller) as connection:
        current_day = await today(connection, caller.tenant_id)
        day = body.date or current_day
        if day > current_day:
            raise SnapshotInvalid.of("date", "date is in the future")
        days = period_of(body.type, day, await get_week_start(connection, caller.tenant_id))
        kept_from = (await get_kept_from(connection, caller.tenant_id)).days
        if kept_from is not None and days.start < kept_from and body.type != "monthly":
            raise SnapshotInvalid.of(
                "date", f"figures of single days before {kept_from} have been removed: only months can be saved"
            )
        metrics = snapshot_metrics(await get_campaign_totals(connection, caller.tenant_id, days, None))
        saved, is_new = await snapshots.save_snapshot(
            connection, caller.tenant_id, body.type, days.start, metrics, caller.email
        )
        detail: dict[str, Any] = {"type": body.type, "date": str(days.start)}
        action = "snapshot.saved" if is_new else "snapshot.saved-again"
        await audit.record(
            connection, "analytics", caller.tenant_id, caller, action, target=str(saved["id"]), detail=detail
        )
    context.wake_relay()
    return JsonAnswer(saved, status_code=201 if is_new else 200)
