"""Committing a batch of events: rows, batch, and the event that tells of them, all or nothing."""

from typing import NamedTuple
from uuid import UUID, uuid4

from common.db import Connection
from common.events import publish
from common.events.contracts.data_batch_recorded import BatchKey, BatchRecorded
from common.events.pieces import in_pieces
from services.data_service.store import staging
from services.data_service.store.batches import close_batch
from services.data_service.store.staged_batch import StagedBatch

EXPORT_ROAD = 1
POSTED_ROAD = 4


class LocationRuleChanged(Exception):
    """The tenant's rule is no longer the one that the events' locations were resolved by."""

    def __init__(self, rule: str | None) -> None:
        super().__init__("the tenant's location rule has changed")
        self.rule = rule


class Recorded(NamedTuple):
    """What a batch brought: new rows by table, and how many were there already."""

    counts: dict[str, int]
    duplicates: int


async def record_events(
    connection: Connection,
    tenant_id: UUID,
    batch: StagedBatch,
    *,
    resolved_by: str | None,
    road: int,
    job_id: UUID | None = None,
) -> Recorded:
    """Put a batch into the event tables, within the caller's transaction of that tenant.

    The months' partitions must stand. `resolved_by` is the `location_source` that the events were read with.

    Raises:
        LocationRuleChanged: read the events again by its `rule`.
    """
    await hold_location_rule(connection, tenant_id, resolved_by)
    await staging.stage(connection, batch.copy)
    batch_id = uuid4()
    rows = await connection.fetch(
        "select event_table, user_pseudo_id, user_id, event_count,"
        " (extract(epoch from first_ts) * 1000000)::bigint as first_us,"
        " (extract(epoch from last_ts) * 1000000)::bigint as last_us"
        " from data.record_staged_events($1, $2, $3)",
        tenant_id,
        batch_id,
        road,
    )
    counts: dict[str, int] = {}
    spans: dict[tuple[str | None, str | None], tuple[int, int]] = {}
    for table, device, user, count, first_us, last_us in rows:
        counts[table] = counts.get(table, 0) + count
        first, last = spans.get((device, user), (first_us, last_us))
        spans[device, user] = min(first, first_us), max(last, last_us)
    if counts:
        keys = [(device, user, first, last) for (device, user), (first, last) in spans.items()]
        await announce_batch(connection, tenant_id, batch_id, job_id, counts, keys)
    return Recorded(counts, batch.count - sum(counts.values()))


async def hold_location_rule(connection: Connection, tenant_id: UUID, resolved_by: str | None) -> None:
    """Keep the tenant's rule as it is until the transaction ends.

    Raises:
        LocationRuleChanged: it is another one than `resolved_by` already.
    """
    rule = await connection.fetchval("select data.hold_location_rule($1)", tenant_id)
    if rule != resolved_by:
        raise LocationRuleChanged(rule)


async def announce_batch(
    connection: Connection,
    tenant_id: UUID,
    batch_id: UUID,
    job_id: UUID | None,
    counts: dict[str, int],
    keys: list[BatchKey],
) -> None:
    """Write down a batch whose events are in, and tell of it, in as many events as its keys need."""
    for part_no, part in enumerate(in_pieces(keys)):
        # Each part is a batch that an import waits for; the rows themselves belong to the first.
        part_id = batch_id if part_no == 0 else uuid4()
        part_counts = counts if part_no == 0 else {}
        seen = [(user, device or "") for device, user, _, _ in part if user is not None]
        await close_batch(connection, tenant_id, part_id, job_id, sum(part_counts.values()), seen)
        event = BatchRecorded(
            batch_id=part_id,
            job_id=job_id,
            counts=part_counts,
            first_ts=min(first for _, _, first, _ in part),
            last_ts=max(last for _, _, _, last in part),
            keys=part,
        )
        await publish(connection, "data", event, tenant_id)
