"""`data.marketing.recorded.v1`: the days, leads and campaigns that a write touched are dirty."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_marketing


async def on_marketing_recorded(
    connection: Connection, event: Event[MarketingRecorded], context: ServiceContext
) -> None:
    """Note what to compute anew; the refresher does, once this has committed."""
    del context
    await mark_marketing(connection, event.tenant_id, event.data)
