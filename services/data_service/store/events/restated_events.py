"""Replacing a day of events of a GA4 property by what the property reports now.

Days are the tenant's and are always replaced whole: a part would take the remaining hours from a worse road. A tenant
may have several properties; each replaces only its own events.
"""

from datetime import datetime
from uuid import UUID

from common.db import Connection
from services.data_service.store.events import staging
from services.data_service.store.events.record_events import (
    Recorded,
    hold_location_rule,
    insert_staged,
    share_days,
)
from services.data_service.store.events.road_days import DATA_API_ROAD, hold_own_spans
from services.data_service.store.events.staged_batch import StagedBatch
from services.data_service.store.events.touched_keys import TOUCHED_COLUMNS, TouchedKeys


async def restate_events(
    connection: Connection,
    tenant_id: UUID,
    property_id: str,
    span: tuple[datetime, datetime],
    batch: StagedBatch | None,
    *,
    resolved_by: str | None,
    job_id: UUID,
) -> Recorded:
    """Make a batch (None: no events) all that is stored of a property in a time span, in the caller's transaction.

    Rows that are stored already stay, other rows of this property and span are removed, new ones are inserted; only
    inserted and removed rows are published. Tenant days that a better road has stay as they are.

    Raises:
        LocationRuleChanged: parse the events again by its `rule`.
    """
    zone = await hold_location_rule(connection, tenant_id, resolved_by)
    await staging.stage(connection, batch.copy if batch else b"")
    touched = TouchedKeys()
    superseded = replaced = 0
    if batch:
        superseded, replaced = await share_days(connection, tenant_id, batch, DATA_API_ROAD, zone, touched, alone=True)
    else:
        # A day without events is not claimed: a worse road keeps its rows.
        await hold_own_spans(connection, tenant_id, DATA_API_ROAD, span)
    replaced += await _take_back(connection, tenant_id, property_id, span, touched)
    inserted = await insert_staged(connection, tenant_id, touched, road=DATA_API_ROAD, job_id=job_id)
    if batch is None:
        return Recorded(inserted.counts, 0, replaced=replaced)
    return Recorded.of(batch, inserted, superseded, replaced)


async def _take_back(
    connection: Connection, tenant_id: UUID, property_id: str, span: tuple[datetime, datetime], touched: TouchedKeys
) -> int:
    removed = await connection.fetch(
        f"select {TOUCHED_COLUMNS} from data.drop_unstaged_events($1, $2, $3, $4, $5)",  # noqa: S608 -- own names
        tenant_id,
        DATA_API_ROAD,
        property_id,
        *span,
    )
    return sum(touched.add(removed).values())
