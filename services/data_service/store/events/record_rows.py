"""Leads, contracts and products out of files: put in or brought up to date, telling which."""

from typing import Final, NamedTuple
from uuid import UUID

from common.db import Connection
from services.data_service.store.events import staging
from services.data_service.store.events.staged_rows import StagedRows

_RECORD: Final = {
    "lead": "select new_rows, changed_rows from data.record_staged_leads($1)",
    "contract": "select new_rows, changed_rows from data.record_staged_contracts($1)",
    "product": "select new_rows, changed_rows from data.record_staged_products($1)",
}


class RecordedRows(NamedTuple):
    """How many rows were put in, and how many say something else now."""

    new: int
    changed: int


async def record_rows(connection: Connection, tenant_id: UUID, rows: StagedRows) -> RecordedRows:
    """Put rows into their table, within the caller's transaction of that tenant."""
    await staging.stage_rows(connection, f"staged_{rows.table}", rows.columns, rows.copy)
    recorded = await connection.fetchrow(_RECORD[rows.table], tenant_id)
    return RecordedRows(*recorded) if recorded is not None else RecordedRows(0, 0)
