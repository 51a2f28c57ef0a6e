"""`/data/backfill` and `/data/ingest/start`: plan and start jobs that read past days from sources."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from common import audit
from common.auth.principal import Principal
from common.clock import now
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.jobs import enqueue
from common.jobs.shapes import Job
from services.data_service.api.backfill_shapes import BackfillOrder, BackfillPlanned, IngestOrder
from services.data_service.api.callers import Writer
from services.data_service.domain.backfill.past_days import check_past_days
from services.data_service.domain.backfill.plan_backfill import (
    BACKFILL_JOBS,
    PlannedBackfill,
    account_of,
    plan_backfill,
)
from services.data_service.domain.backfill.room_for_backfill import refuse_one_too_many
from services.data_service.domain.syncs.open_source import open_source
from services.data_service.domain.syncs.source_kinds import GA4
from services.data_service.errors import SourceNeedsAttention, SourceNotConnected, VendorNotReached
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway
from services.data_service.store.syncs.backfill_pieces import add_pieces
from services.data_service.store.syncs.sources import sources_of_kind

router = APIRouter(tags=["backfill"])


@router.post(
    "/data/backfill/plan",
    summary="Plan a backfill",
    response_model=None,
    responses={200: {"model": BackfillPlanned}},
)
async def post_backfill_plan(body: BackfillOrder, caller: Writer, context: Context) -> JsonAnswer:
    """Estimate what reading past days of a source takes, without starting it.

    The answer has the number of days and requests, the vendor's quota and how long it stretches the work, the days
    that already have rows (`present`), and data that cannot be recovered (`lost`). Figures are estimates, null if the
    kind of source has none. For a source that is `paused` or `needs_attention` the answer is 409 and says what to do.
    """
    planned = await _plan(context, caller, body.source_id, body)
    return JsonAnswer(planned.answer())


@router.post(
    "/data/backfill",
    status_code=202,
    summary="Start a backfill",
    response_model=None,
    responses={202: {"model": Job}},
)
async def post_backfill(body: BackfillOrder, caller: Writer, context: Context) -> JsonAnswer:
    """Start a job that reads past days of a source, newest first. Its progress counts days.

    A tenant may have at most 20 unfinished backfills. Stored rows are updated where the vendor now reports other
    figures. A day that GA4 no longer restates, and for which it now has less data than before, is left unchanged,
    counted as `kept_older_days` and flagged in `GET /data/quality`. While the job waits for the vendor's quota, `note`
    says so and `resumes_at` says until when. The job ends `completed` only if every readable day was read; otherwise it
    ends `failed` and names the missing days. For a source that is `paused` or `needs_attention` the answer is 409 and
    says why.
    """
    planned = await _plan(context, caller, body.source_id, body)
    job = await _start(context, caller, [planned], body, {"source_id": str(body.source_id)})
    return JsonAnswer(job, status_code=202)


@router.post(
    "/data/ingest/start",
    status_code=202,
    summary="Start a backfill of Google Analytics",
    response_model=None,
    responses={202: {"model": Job}},
)
async def post_ingest_start(body: IngestOrder, caller: Writer, context: Context) -> JsonAnswer:
    """Start one job that backfills every GA4 source of the tenant that is not paused; see `POST /data/backfill`.

    If one of them is `needs_attention`, the answer is 409: repair that source, or pause it to read the others.
    """
    async with context.db.of(caller) as connection:
        sources = await sources_of_kind(connection, caller.tenant_id, GA4)
    ready = [source for source in sources if source.status != "paused"]
    if not ready:
        what = "every GA4 source is paused: set one active" if sources else "connect a GA4 property first"
        message = f'{what} (POST /data/sources with kind "ga4", config {{"property_id"}}, secrets {{"credentials"}})'
        raise SourceNotConnected(message)
    planned = [await _plan(context, caller, source.source_id, body) for source in ready]
    job = await _start(context, caller, planned, body, {"data_types": sorted(set(body.data_types))})
    return JsonAnswer(job, status_code=202)


async def _plan(
    context: ServiceContext, caller: Principal, source_id: UUID, days: BackfillOrder | IngestOrder
) -> PlannedBackfill:
    async with _vendor_problems():
        access = await open_source(context, caller.tenant_id, source_id)
        check_past_days(days.start_date, days.end_date, access.today())
        return await plan_backfill(access, days.start_date, days.end_date)


@asynccontextmanager
async def _vendor_problems() -> AsyncGenerator[None]:
    try:
        yield
    except VendorAway as away:
        raise VendorNotReached(away.reason, retry_after=int(away.retry_after or 30)) from None
    except QuotaSpent as spent:
        seconds = max(1, int((spent.until - now()).total_seconds()))
        raise VendorNotReached(spent.reason, retry_after=seconds) from None
    except NeedsAttention as refused:
        raise SourceNeedsAttention(refused.reason) from None


async def _start(
    context: ServiceContext,
    caller: Principal,
    planned: list[PlannedBackfill],
    days: BackfillOrder | IngestOrder,
    told: dict[str, Any],
) -> dict[str, Any]:
    """Store one job and its plans in one transaction."""
    seconds = [plan.expected_seconds for plan in planned]
    params = {
        "start_date": str(days.start_date),
        "end_date": str(days.end_date),
        "expected_seconds": sum(guess or 0.0 for guess in seconds) or None,
        "accounts": {str(plan.access.source.source_id): account_of(plan.access.source) for plan in planned},
        **told,
    }
    kind = BACKFILL_JOBS[planned[0].access.source.kind]
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        job = await enqueue(connection, context.name, caller.tenant_id, kind, params, caller.account_id)
        await refuse_one_too_many(connection, caller.tenant_id)
        pieces = [piece for plan in planned for piece in plan.pieces]
        await add_pieces(connection, caller.tenant_id, job["job_id"], pieces)
        await audit.record(
            connection, "data", caller.tenant_id, caller, "backfill.started", target=str(job["job_id"]), detail=params
        )
    context.wake_relay()
    return job
