"""A day that a road has read whole once more: what it tells now takes the place of what it told before."""

from datetime import date
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from common.db import Connection
from services.data_service.store import staging
from services.data_service.store.record_events import (
    Recorded,
    announce_batch,
    hold_location_rule,
    insert_staged,
    share_days,
)
from services.data_service.store.road_days import hold_own_spans, remove_events
from services.data_service.store.staged_batch import StagedBatch
from services.data_service.store.tenant_day import TenantDay, moment_of, tenant_day
from services.data_service.store.tenant_settings import time_zone
from services.data_service.store.touched_keys import TouchedKeys


class RowsOfAnotherDay(ValueError):
    """The batch is not of the day that it is to replace."""


async def replace_day(
    connection: Connection,
    tenant_id: UUID,
    day: date,
    batch: StagedBatch | None,
    *,
    resolved_by: str | None,
    road: int,
    job_id: UUID | None = None,
) -> Recorded:
    """Put a road's whole day into the event tables, within the caller's transaction of that tenant.

    `day` is of the tenant's time zone, `batch` all that the road tells of it; None: nothing happened that day. Rows
    that are there already (the same `event_id` and time) stay as they are, others of this road and day go, new ones
    come, and only what came or went is told of. A day without rows claims nothing: a worse road keeps what it has.
    A day that a better road has stays as it is; all of the batch is `superseded` then. Whoever replaces more than one
    day in a transaction does so in the order of time.

    Raises:
        RowsOfAnotherDay: nothing was done.
        LocationRuleChanged: read the events again by its `rule`.
    """
    span = tenant_day(day, ZoneInfo(await time_zone(connection, tenant_id)))
    if batch is None:
        return await _empty(connection, tenant_id, span, road, job_id)
    if not all(span.has(moment_of(quarter)) for quarter in batch.quarters):
        message = f"not all rows are of {day}"
        raise RowsOfAnotherDay(message)
    await hold_location_rule(connection, tenant_id, resolved_by)
    await staging.stage(connection, batch.copy)
    touched = TouchedKeys()
    superseded, replaced = await share_days(connection, tenant_id, batch, road, touched, alone=True)
    replaced += await _vanish(connection, tenant_id, span, road, touched, keeps_staged=True)
    counts = await insert_staged(connection, tenant_id, touched, road=road, job_id=job_id)
    return Recorded.of(batch, counts, superseded, replaced)


async def _empty(connection: Connection, tenant_id: UUID, span: TenantDay, road: int, job_id: UUID | None) -> Recorded:
    await hold_own_spans(connection, tenant_id, road, span)
    touched = TouchedKeys()
    vanished = await _vanish(connection, tenant_id, span, road, touched, keeps_staged=False)
    if keys := touched.keys():
        await announce_batch(connection, tenant_id, uuid4(), job_id, {}, keys)
    return Recorded({}, 0, replaced=vanished)


async def _vanish(
    connection: Connection, tenant_id: UUID, span: TenantDay, road: int, touched: TouchedKeys, *, keeps_staged: bool
) -> int:
    removed = await remove_events(
        connection,
        tenant_id,
        (span.starts_at, span.ends_at),
        best_road=road,
        worst_road=road,
        keeps_staged=keeps_staged,
    )
    return sum(touched.add(removed).values())
