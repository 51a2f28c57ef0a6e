"""Record a hit durably before the answer, and keep the parts that are refused."""

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
    """Return the stream of an id and its secret, None if they do not match.

    Neither the answer nor its time reveals which of the two is wrong.
    """
    async with service.db.lookup("measurement_id", token_hash=hash_of_secret(api_secret)) as connection:
        stream = await stream_of_secret(connection)
    of_secret = stream.measurement_id if stream is not None else ""
    is_named = hmac.compare_digest(of_secret.encode(), measurement_id.encode())
    return stream if is_named and measurement_id else None


async def take_hit(service: ServiceContext, stream: Stream, body: bytes) -> None:
    """Record the events of a hit, and keep its refused parts.

    Errors of the database are raised; then nothing was recorded, and the sender must send the hit again.
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
    """Record a hit in the present transaction; return None if the source has been removed."""
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
