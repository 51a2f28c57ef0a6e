"""The data service's jobs: their state, and stopping or trying one again."""

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


@router.get("", summary="Jobs of every kind", response_model=None, responses={200: {"model": JobPage}})
async def get_jobs(caller: Reader, context: Context, page: Page) -> JsonAnswer:
    """The tenant's jobs in this service, newest first."""
    async with context.db.of(caller, readonly=True) as connection:
        jobs, total = await list_jobs(connection, context.name, caller.tenant_id, page)
    return JsonAnswer(page_answer(jobs, total, page))


@router.get("/{id}", summary="One job", response_model=None, responses={200: {"model": Job}})
async def get_one_job(id: UUID, caller: Reader, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Progress (of a file in bytes), new rows by table, duplicates and rejected lines.

    `superseded` rows lie on days that a better road has; `replaced` ones of a worse road went for these. Of ads
    `replaced` days are `changed` ones that took the place of such as were told by other ids or names. `too_old` rows
    are of a time whose events have left by the age that the tenant set.

    An import is `completed` only once every answer of the system includes its rows.
    """
    async with context.db.of(caller, readonly=True) as connection:
        return JsonAnswer(await get_job(connection, context.name, caller.tenant_id, id))


@router.post("/{id}/cancel", summary="Stop a job", response_model=None, responses={200: {"model": Job}})
async def cancel_job(id: UUID, caller: Writer, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Stop it before its next step; what is in stays in."""
    async with context.db.of(caller) as connection:
        job = await cancel(connection, context.name, caller.tenant_id, id)
        await audit.record(connection, "data", caller.tenant_id, caller, "job.cancelled", target=str(id))
    context.wake_relay()
    return JsonAnswer(job)


@router.post("/{id}/retry", status_code=202, summary="Try again", response_model=None, responses={202: {"model": Job}})
async def retry_job(id: UUID, caller: Writer, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Queue a failed or cancelled job; it goes on where it stopped, a backfill with the days that it lacks.

    Of backfills 20 may be unfinished, these too. Not a sync: its source's next one goes on there.
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
