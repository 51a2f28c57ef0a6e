"""`POST /data/retention`: delete events beyond the retention period now."""

from typing import Annotated

from fastapi import APIRouter, Depends

from common import audit
from common.auth.principal import Principal
from common.http.context import Context
from common.http.json import JsonAnswer
from common.http.require import require
from common.jobs import enqueue
from common.jobs.shapes import Job
from services.data_service.store.events.aged_events import DROP_AGED_JOB

router = APIRouter(tags=["retention"], prefix="/data/retention")
TenantAdmin = Annotated[Principal, Depends(require("tenant:admin"))]


@router.post(
    "", status_code=202, summary="Delete expired events now", response_model=None, responses={202: {"model": Job}}
)
async def drop_now(caller: TenantAdmin, context: Context) -> JsonAnswer:
    """Start a job that deletes events beyond the tenant's retention period.

    The same happens automatically after each midnight in the tenant's time zone. `GET /api/analytics/retention` says
    since when events are kept.
    """
    async with context.db.of(caller) as connection:
        job = await enqueue(connection, context.name, caller.tenant_id, DROP_AGED_JOB, {}, caller.account_id)
        await audit.record(connection, "data", caller.tenant_id, caller, "retention.started", target=str(job["job_id"]))
    context.wake_relay()
    return JsonAnswer(job, status_code=202)
