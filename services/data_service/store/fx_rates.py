"""Exchange rates from files: inserted or updated, publishing the days whose money has another value now."""

from typing import Final, NamedTuple
from uuid import UUID, uuid4

from common.db import Connection
from common.events import publish
from common.events.contracts.data_rates_changed import RatesChanged
from services.data_service.store.events import staging
from services.data_service.store.events.batches import close_batch
from services.data_service.store.events.staged_rows import StagedRows

_MOST_DAYS: Final = 10_000
_RECORD: Final = (
    "select new_rows, changed_rows, filled_rows, days::text[], currencies from data.record_staged_fx_rates($1, $2)"
)


class RecordedRates(NamedTuple):
    """How many rates were inserted, how many changed, and how many days have a rate carried forward."""

    new: int
    changed: int
    filled: int


async def record_fx_rates(
    connection: Connection, tenant_id: UUID, job_id: UUID, rows: StagedRows, fill_days: int
) -> RecordedRates:
    """Upsert rates in the caller's transaction of that tenant, and publish the days whose rates changed.

    A rate also holds for up to `fill_days` days after it that have none. The rows are a batch: answers use them only
    after a refresh.
    """
    await staging.stage_rows(connection, f"staged_{rows.table}", rows.columns, rows.copy)
    recorded = await connection.fetchrow(_RECORD, tenant_id, fill_days)
    if recorded is None:
        return RecordedRates(0, 0, 0)
    new, changed, filled, days, currencies = recorded
    for begin in range(0, len(days), _MOST_DAYS):
        batch_id, part = uuid4(), days[begin : begin + _MOST_DAYS]
        await close_batch(connection, tenant_id, batch_id, job_id, len(part))
        event = RatesChanged(batch_id=batch_id, days=part, currencies=currencies)
        await publish(connection, "data", event, tenant_id)
    return RecordedRates(new, changed, filled)
