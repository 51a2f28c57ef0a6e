"""`/data/ingest/jobs`: the state of the data service's jobs; cancelling and retrying them."""

from uuid import UUID

from fastapi import APIRouter

from common import audit
from common.http.context import Context
from common.http.json import JsonAnswer
from common.jobs import cancel, get_job, list_jobs, retry
from common.jobs.shapes import Job, JobPage
from common.pagination import Page, page_answer
from services.data_service.api.callers import Reader, Writer
from services.data_service.domain.backfill.plan_backfill import BACKFILL_JOBS
from services.data_service.domain.backfill.room_for_backfill import refuse_one_too_many
from services.data_service.domain.syncs.source_kinds import SYNC_JOBS
from services.data_service.errors import SyncNotRetried
from services.data_service.store.syncs.backfill_pieces import wait_again

router = APIRouter(tags=["jobs"], prefix="/data/ingest/jobs")


@router.get("", summary="List jobs", response_model=None, responses={200: {"model": JobPage}})
async def get_jobs(caller: Reader, context: Context, page: Page) -> JsonAnswer:
    """List the tenant's jobs of every kind in the data service, newest first."""
    async with context.db.of(caller, readonly=True) as connection:
        jobs, total = await list_jobs(connection, context.name, caller.tenant_id, page)
    return JsonAnswer(page_answer(jobs, total, page))


@router.get("/{id}", summary="Get a job", response_model=None, responses={200: {"model": Job}})
async def get_one_job(id: UUID, caller: Reader, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Return a job's status, its progress (in bytes for a file) and its `counts`.

    `counts` has new rows by table, duplicates and rejected lines. `superseded` events were left out because a preferred
    way of ingestion already covers their day; `replaced` events came from a less preferred way and were removed. For
    ads, `replaced` counts those `changed` days that replaced days stored under other ids or names. `too_old` events are
    older than the tenant's retention period.

    An import becomes `completed` only once its rows are included in every answer of the system.
    """
    async with context.db.of(caller, readonly=True) as connection:
        return JsonAnswer(await get_job(connection, context.name, caller.tenant_id, id))


@router.post("/{id}/cancel", summary="Cancel a job", response_model=None, responses={200: {"model": Job}})
async def cancel_job(id: UUID, caller: Writer, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Stop a job before its next step. What it has already stored is kept."""
    async with context.db.of(caller) as connection:
        job = await cancel(connection, context.name, caller.tenant_id, id)
        await audit.record(connection, "data", caller.tenant_id, caller, "job.cancelled", target=str(id))
    context.wake_relay()
    return JsonAnswer(job)


@router.post(
    "/{id}/retry", status_code=202, summary="Retry a job", response_model=None, responses={202: {"model": Job}}
)
async def retry_job(id: UUID, caller: Writer, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Queue a failed or cancelled job again. It resumes where it stopped, a backfill with the days that are missing.

    A retried backfill counts towards the limit of 20 unfinished ones. Syncs cannot be retried, since the next sync of
    the source resumes by itself.
    """
    async with context.db.of(caller) as connection:
        if (await get_job(connection, context.name, caller.tenant_id, id))["kind"] in SYNC_JOBS.values():
            raise SyncNotRetried("its source is read again by itself, or now: POST /api/sync/…")
        job = await retry(connection, context.name, caller.tenant_id, id)
        if job["kind"] in BACKFILL_JOBS.values():
            await refuse_one_too_many(connection, caller.tenant_id)
            await wait_again(connection, caller.tenant_id, id)
        await audit.record(connection, "data", caller.tenant_id, caller, "job.retried", target=str(id))
    context.wake_relay()
    return JsonAnswer(job, status_code=202)
