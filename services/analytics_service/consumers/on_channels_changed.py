"""`data.channels.changed.v1`: a vendor's sessions by channel changed for some days."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_channels_changed import ChannelsChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_channel_days


async def on_channels_changed(connection: Connection, event: Event[ChannelsChanged], context: ServiceContext) -> None:
    """Mark the days dirty. The refresher decides whether the vendor's figures are used, which depends on other data."""
    del context
    await mark_channel_days(connection, event.tenant_id, event.data.batch_id, event.data.days)
