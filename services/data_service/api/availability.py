"""`GET /data/availability`: which data the tenant has, by kind of event and by stream."""

from fastapi import APIRouter

from common.clock import now
from common.http.context import Context
from common.http.json import JsonAnswer
from services.data_service.api.callers import Reader
from services.data_service.api.shapes import AvailabilityAnswer
from services.data_service.domain.availability import availability_of, streams_of
from services.data_service.store.availability import get_availability, get_stream_days
from services.data_service.store.quality import source_states
from services.data_service.store.tenant_settings import time_zone

router = APIRouter(tags=["availability"])


@router.get(
    "/data/availability",
    summary="Get data availability",
    response_model=None,
    responses={200: {"model": AvailabilityAnswer}},
)
async def availability(caller: Reader, context: Context) -> JsonAnswer:
    """Return the first and last day, row count, freshness and missing days of each kind of event.

    Days are in the tenant's time zone. `streams` has the same for ads, orders, leads, contracts and channels, and for
    each way by which events arrive. `sources` has the state of each connected source.
    """
    async with context.db.of(caller, readonly=True) as connection:
        zone = await time_zone(connection, caller.tenant_id)
        days = await get_availability(connection, caller.tenant_id, zone)
        stream_days = await get_stream_days(connection, caller.tenant_id, zone)
        sources = await source_states(connection, caller.tenant_id)
    names = {source.id: source.name for source in sources}
    return JsonAnswer(
        {
            "time_zone": zone,
            "data": availability_of(days, now()),
            "streams": streams_of(stream_days, names, now()),
            "sources": [source._asdict() for source in sources],
        }
    )
