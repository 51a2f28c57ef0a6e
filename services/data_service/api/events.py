"""`POST /data/events`: record events that programs post, durably before the answer."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from common.http.body_schema import json_body_of
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.problem import PayloadTooLarge
from services.data_service.api.body_reader_process import BodyReader
from services.data_service.api.callers import Writer
from services.data_service.api.shapes import PostedEvents, Taken
from services.data_service.domain.events.read_body import BodyOrder
from services.data_service.errors import NotJson
from services.data_service.store.events.known_rules import KnownRules
from services.data_service.store.events.months import TRIES_OF_A_CALL, KnownMonths
from services.data_service.store.events.record_events import POSTED_ROAD, LocationRuleChanged, Recorded, record_events

router = APIRouter(tags=["events"])
_MAX_BODY_BYTES: Final = 32 << 20


async def _body(request: Request) -> bytes:
    """Read the body up to a limit; its content type must be JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise NotJson
    blocks: list[bytes] = []
    size = 0
    async for block in request.stream():
        size += len(block)
        if size > _MAX_BODY_BYTES:
            message = f"a request carries at most {_MAX_BODY_BYTES >> 20} MB of events"
            raise PayloadTooLarge(message)
        blocks.append(block)
    return b"".join(blocks)


@router.post(
    "/data/events",
    summary="Post events",
    response_model=None,
    responses={200: {"model": Taken}},
    openapi_extra=json_body_of(PostedEvents),
)
async def post_events(caller: Writer, body: Annotated[bytes, Depends(_body)], context: Context) -> JsonAnswer:
    """Record up to 5,000 events; the answer is sent once they are durable.

    An event that was recorded before (same `event_id` and time, or, without an id, same content) is counted under
    `duplicates`. Invalid events are listed under `rejected` with their index and reasons; the others are recorded.
    `event_timestamp` is in microseconds or ISO 8601; without an offset it is UTC. Events older than the tenant's
    retention period are not recorded; they are counted under `too_old`.
    """
    recorded, rejected = await _record(context, caller.tenant_id, body)
    context.wake_relay()
    taken = {"accepted": sum(recorded.counts.values()), "duplicates": recorded.duplicates, "rejected": rejected}
    return JsonAnswer(taken | ({"too_old": recorded.too_old} if recorded.too_old else {}))


async def _record(context: ServiceContext, tenant_id: UUID, body: bytes) -> tuple[Recorded, list[dict[str, Any]]]:
    rules: KnownRules = context.extras["rules"]
    months: KnownMonths = context.extras["months"]
    reader: BodyReader = context.extras["reader"]
    while True:
        rule = await rules.get(context.db, tenant_id)
        read = await reader.read(BodyOrder(body, rule))
        if read.batch is None:
            return Recorded({}, 0), read.rejected
        await months.ensure(context.db, read.batch.months, tries=TRIES_OF_A_CALL)
        try:
            async with context.db.tenant(tenant_id) as connection:
                recorded = await record_events(connection, tenant_id, read.batch, resolved_by=rule, road=POSTED_ROAD)
        except LocationRuleChanged as changed:
            rules.put(tenant_id, changed.rule)
            continue
        return recorded, read.rejected
