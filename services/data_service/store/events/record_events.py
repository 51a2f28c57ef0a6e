"""Committing a batch of events: its rows, the batch and the published event, all or nothing."""

from typing import NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from common.db import Connection
from common.events import publish
from common.events.contracts.data_batch_recorded import BatchKey, BatchRecorded
from common.events.pieces import in_pieces
from services.data_service.store.events import staging
from services.data_service.store.events.batches import close_batch
from services.data_service.store.events.road_days import (
    WORST_SHARED_ROAD,
    claim_days,
    leave_out_staged,
    remove_worse_roads,
)
from services.data_service.store.events.staged_batch import StagedBatch
from services.data_service.store.events.touched_keys import TOUCHED_COLUMNS, TouchedKeys

POSTED_ROAD = 4
SHOP_ROAD = 5
# In place of a table name: rows that data.record_staged_events left out.
_TOO_OLD = "too_old"


class LocationRuleChanged(Exception):
    """The events' locations were resolved by a rule that is no longer the tenant's."""

    def __init__(self, rule: str | None) -> None:
        super().__init__("the tenant's location rule has changed")
        self.rule = rule


class Recorded(NamedTuple):
    """What became of a batch: new rows by table, and how many were stored already (`duplicates`).

    `superseded` rows were left out because a better road has their day. `replaced` rows were removed from the tables,
    because this better road has their day now or their own road no longer reports them. `too_old` rows were left out
    because they are past the tenant's retention period.
    """

    counts: dict[str, int]
    duplicates: int
    superseded: int = 0
    replaced: int = 0
    too_old: int = 0

    @classmethod
    def of(cls, batch: StagedBatch, inserted: "Inserted", superseded: int, replaced: int) -> "Recorded":
        """The result for a batch of which these rows were new."""
        counts, too_old = inserted
        duplicates = batch.count - superseded - too_old - sum(counts.values())
        return cls(counts, duplicates, superseded, replaced, too_old)

    def as_counts(self) -> dict[str, int]:
        """As a job's counts, without the zeros."""
        beside = {
            "duplicates": self.duplicates,
            "superseded": self.superseded,
            "replaced": self.replaced,
            "too_old": self.too_old,
        }
        return self.counts | {name: count for name, count in beside.items() if count}


class Inserted(NamedTuple):
    """New rows by table, and how many were left out because they are too old."""

    counts: dict[str, int]
    too_old: int


async def record_events(
    connection: Connection,
    tenant_id: UUID,
    batch: StagedBatch,
    *,
    resolved_by: str | None,
    road: int,
    job_id: UUID | None = None,
) -> Recorded:
    """Insert a batch into the event tables, in the caller's transaction of that tenant.

    The months' partitions must exist. `resolved_by` is the `location_source` that the events were parsed with.
    Of the roads that share days (store/events/road_days.py) only the best one with rows of a day keeps it.

    Raises:
        LocationRuleChanged: parse the events again by its `rule`.
    """
    zone = await hold_location_rule(connection, tenant_id, resolved_by)
    await staging.stage(connection, batch.copy)
    touched = TouchedKeys()
    superseded = replaced = 0
    if road <= WORST_SHARED_ROAD:
        superseded, replaced = await share_days(connection, tenant_id, batch, road, zone, touched)
    inserted = await insert_staged(connection, tenant_id, touched, road=road, job_id=job_id)
    return Recorded.of(batch, inserted, superseded, replaced)


async def share_days(
    connection: Connection,
    tenant_id: UUID,
    batch: StagedBatch,
    road: int,
    zone: ZoneInfo,
    touched: TouchedKeys,
    *,
    alone: bool = False,
) -> tuple[int, int]:
    """Claim the staged batch's days: remove worse roads' rows, leave out staged rows of days that a better road has.

    Returns:
        How many were left out, and how many were removed.
    """
    claim = await claim_days(connection, tenant_id, road, batch.quarters, zone, alone=alone)
    replaced = 0
    for span in claim.taken:
        removed = await remove_worse_roads(connection, tenant_id, road, span)
        replaced += sum(touched.add(removed).values())
    return await leave_out_staged(connection, claim.lost), replaced


async def insert_staged(
    connection: Connection, tenant_id: UUID, touched: TouchedKeys, *, road: int, job_id: UUID | None
) -> Inserted:
    """Move the staged rows into the event tables, and publish them with what was `touched` before."""
    batch_id = uuid4()
    rows = await connection.fetch(
        f"select {TOUCHED_COLUMNS} from data.record_staged_events($1, $2, $3)",  # noqa: S608 -- own names
        tenant_id,
        batch_id,
        road,
    )
    too_old = sum(row["event_count"] for row in rows if row["event_table"] == _TOO_OLD)
    counts = touched.add(row for row in rows if row["event_table"] != _TOO_OLD)
    if keys := touched.keys():
        await announce_batch(connection, tenant_id, batch_id, job_id, counts, keys)
    return Inserted(counts, too_old)


async def hold_location_rule(connection: Connection, tenant_id: UUID, resolved_by: str | None) -> ZoneInfo:
    """Lock the tenant's rule until the transaction ends; returns the tenant's time zone.

    Raises:
        LocationRuleChanged: the rule is no longer `resolved_by`.
    """
    row = await connection.fetchrow(
        "select data.hold_location_rule($1), (select time_zone from auth.tenant where tenant_id = $1)", tenant_id
    )
    rule, time_zone = row or (None, "UTC")
    if rule != resolved_by:
        raise LocationRuleChanged(rule)
    return ZoneInfo(time_zone)


async def announce_batch(
    connection: Connection,
    tenant_id: UUID,
    batch_id: UUID,
    job_id: UUID | None,
    counts: dict[str, int],
    keys: list[BatchKey],
) -> None:
    """Store a batch whose events are recorded and publish it, in as many events as its keys need."""
    for part_no, part in enumerate(in_pieces(keys)):
        # Each part is a batch that an import waits for; the row count goes into the first.
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
