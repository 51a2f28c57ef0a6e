"""`data.rates.changed.v1`: exchange rates of some days and currencies changed."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_rates_changed import RatesChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_rates


async def on_rates_changed(connection: Connection, event: Event[RatesChanged], context: ServiceContext) -> None:
    """Mark the days dirty. The refresher checks whether they have such money: no other process writes the summaries."""
    del context
    rates = event.data
    await mark_rates(connection, event.tenant_id, rates.batch_id, rates.days, rates.currencies)
