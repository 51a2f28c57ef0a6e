"""`data.rates.changed.v1`: what was not in the tenant's currency may be worth something else."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_rates_changed import RatesChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_rates


async def on_rates_changed(connection: Connection, event: Event[RatesChanged], context: ServiceContext) -> None:
    """Note the days; whether there is such money on them, the refresher sees, which nobody writes beside."""
    del context
    rates = event.data
    await mark_rates(connection, event.tenant_id, rates.batch_id, rates.days, rates.currencies)
