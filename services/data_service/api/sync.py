"""`POST /api/sync/…`: start a sync of a vendor's sources now."""

from typing import Annotated

from fastapi import APIRouter, Body

from common import audit
from common.auth.principal import Principal
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.jobs.shapes import Job
from services.data_service.api.callers import Writer
from services.data_service.api.source_shapes import SyncOrder
from services.data_service.domain.syncs.source_kinds import GA4, META_ADS, WOOCOMMERCE
from services.data_service.domain.syncs.sync_now import sync_now

router = APIRouter(tags=["sources"], prefix="/api/sync")
Order = Annotated[SyncOrder | None, Body()]


@router.post(
    "/google-analytics", status_code=202, summary="Sync GA4 now", response_model=None, responses={202: {"model": Job}}
)
async def sync_google_analytics(caller: Writer, context: Context, order: Order = None) -> JsonAnswer:
    """Start one job that reads every `ga4` source that is not paused, or only the source in the body.

    Sources that are already being read are left out. If all are, a job that reads one of them is returned.
    """
    return await _sync(context, caller, GA4, order)


@router.post(
    "/meta-ads", status_code=202, summary="Sync Meta Ads now", response_model=None, responses={202: {"model": Job}}
)
async def sync_meta_ads(caller: Writer, context: Context, order: Order = None) -> JsonAnswer:
    """Start one job that reads every `meta_ads` source that is not paused, or only the source in the body.

    Sources that are already being read are left out. If all are, a job that reads one of them is returned.
    """
    return await _sync(context, caller, META_ADS, order)


@router.post(
    "/woocommerce", status_code=202, summary="Sync the shop now", response_model=None, responses={202: {"model": Job}}
)
async def sync_woocommerce(caller: Writer, context: Context, order: Order = None) -> JsonAnswer:
    """Start one job that reads every `woocommerce` source that is not paused, or only the source in the body.

    Sources that are already being read are left out. If all are, a job that reads one of them is returned.
    """
    return await _sync(context, caller, WOOCOMMERCE, order)


async def _sync(context: ServiceContext, caller: Principal, kind: str, order: SyncOrder | None) -> JsonAnswer:
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        job = await sync_now(connection, caller, kind, order.source_id if order else None)
        target, detail = str(job["job_id"]), {"kind": kind}
        await audit.record(connection, "data", caller.tenant_id, caller, "sync.requested", target=target, detail=detail)
    context.wake_relay()
    return JsonAnswer(job, status_code=202)
