"""Leads, contracts and products from files: inserted or updated, publishing which."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from services.data_service.store.events import staging
from services.data_service.store.events.marketing_batches import announce_marketing
from services.data_service.store.events.staged_rows import StagedRows

_RECORD: Final = {
    "lead": "select new_rows, changed_rows, lead_days from data.record_staged_leads($1)",
    "contract": "select new_rows, changed_rows, lead_ids from data.record_staged_contracts($1)",
    "product": "select new_rows, changed_rows from data.record_staged_products($1)",
}


class RecordedRows(NamedTuple):
    """How many rows were inserted, and how many changed."""

    new: int
    changed: int


async def record_rows(connection: Connection, tenant_id: UUID, job_id: UUID, rows: StagedRows) -> RecordedRows:
    """Upsert rows into their table, in the caller's transaction of that tenant, and publish the leads they affect.

    Blocks other writers of the tenant's leads and contracts until the transaction ends.
    """
    await staging.stage_rows(connection, f"staged_{rows.table}", rows.columns, rows.copy)
    recorded: Any = await connection.fetchrow(_RECORD[rows.table], tenant_id)
    new, changed, *_ = recorded
    touched = {name: recorded[name] for name in ("lead_days", "lead_ids") if name in recorded}
    await announce_marketing(connection, tenant_id, job_id, new + changed, **touched)
    return RecordedRows(new, changed)
