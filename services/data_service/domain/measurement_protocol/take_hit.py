"""Recording a hit, so that it is durable before the answer; and what is not taken of it, so that it is not lost."""

import hmac
import time
from typing import Final

from common.clock import now
from common.db import Connection
from common.http.context import ServiceContext
from services.data_service.domain.events.location_rule import read_rule
from services.data_service.domain.measurement_protocol.hit_counts import HitCounts
from services.data_service.domain.measurement_protocol.hit_turns import HitTurns
from services.data_service.domain.measurement_protocol.read_hit import ReadHit, read_hit
from services.data_service.domain.measurement_protocol.remark import Code
from services.data_service.domain.syncs.new_measurement_id import hash_of_secret
from services.data_service.store.events.known_rules import KnownRules
from services.data_service.store.events.months import TRIES_OF_A_CALL, KnownMonths
from services.data_service.store.events.record_events import LocationRuleChanged, Recorded, record_events
from services.data_service.store.events.road_days import MEASUREMENT_PROTOCOL_ROAD
from services.data_service.store.events.staged_batch import StagedBatch, batch_of
from services.data_service.store.measurement.measurement_hits import HitCount, RefusedHit, is_taking, keep_refused
from services.data_service.store.measurement.measurement_streams import Stream, stream_of_secret

_PAUSED: Final = RefusedHit("", "The source is paused.", Code.VALUE_INVALID.value, 1, None)


async def stream_named(service: ServiceContext, measurement_id: str, api_secret: str) -> Stream | None:
    """The stream that both name together; which of them is wrong takes the same time to find out, and is not said."""
    async with service.db.lookup("measurement_id", token_hash=hash_of_secret(api_secret)) as connection:
        stream = await stream_of_secret(connection)
    of_secret = stream.measurement_id if stream is not None else ""
    is_named = hmac.compare_digest(of_secret.encode(), measurement_id.encode())
    return stream if is_named and measurement_id else None


async def take_hit(service: ServiceContext, stream: Stream, body: bytes) -> None:
    """Record what a hit tells, and keep what of it cannot be taken.

    An error of the database is the caller's: nothing was recorded then, and the hit is to be sent again.
    """
    rules: KnownRules = service.extras["rules"]
    months: KnownMonths = service.extras["months"]
    turns: HitTurns = service.extras["hit_turns"]
    arrived_us = time.time_ns() // 1000
    while True:
        rule = await rules.get(service.db, stream.tenant_id)
        read = read_hit(body, read_rule(rule), arrived_us)
        batch = batch_of(read.events) if read.events else None
        if batch is not None:
            await months.ensure(service.db, batch.months, tries=TRIES_OF_A_CALL)
        try:
            async with turns.of(stream.tenant_id), service.db.tenant(stream.tenant_id) as connection:
                count = await _record(connection, stream, read, batch, rule)
        except LocationRuleChanged as changed:
            rules.put(stream.tenant_id, changed.rule)
            continue
        break
    if count is not None:
        counts: HitCounts = service.extras["hit_counts"]
        counts.note(stream.tenant_id, stream.source_id, count)


async def _record(
    connection: Connection, stream: Stream, read: ReadHit, batch: StagedBatch | None, rule: str | None
) -> HitCount | None:
    """In one transaction; None where the source is gone."""
    is_on = await is_taking(connection, stream.tenant_id, stream.source_id)
    if is_on is None:
        return None
    recorded = Recorded({}, 0)
    refused = read.refused
    if not is_on:
        refused = [_PAUSED._replace(events=max(1, len(read.events)))]
    elif batch is not None:
        recorded = await record_events(
            connection, stream.tenant_id, batch, resolved_by=rule, road=MEASUREMENT_PROTOCOL_ROAD
        )
    if refused:
        await keep_refused(connection, stream.tenant_id, stream.source_id, refused)
    return HitCount(
        hits=1,
        taken=sum(recorded.counts.values()),
        duplicates=recorded.duplicates,
        superseded=recorded.superseded,
        refused=sum(hit.events for hit in refused) + recorded.too_old,
        last_hit_at=now(),
    )
