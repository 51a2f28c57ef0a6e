"""`data.marketing.recorded.v1`: marks the days, leads and campaigns that a write touched dirty."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_marketing


async def on_marketing_recorded(
    connection: Connection, event: Event[MarketingRecorded], context: ServiceContext
) -> None:
    """Mark what must be recomputed; the refresher does so once this transaction has committed."""
    del context
    await mark_marketing(connection, event.tenant_id, event.data)
