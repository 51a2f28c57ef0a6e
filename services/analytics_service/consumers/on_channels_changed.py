"""`data.channels.changed.v1`: a vendor tells the sessions of days otherwise."""

from common.db import Connection
from common.events import Event
from common.events.contracts.data_channels_changed import ChannelsChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_channel_days


async def on_channels_changed(connection: Connection, event: Event[ChannelsChanged], context: ServiceContext) -> None:
    """Note the days. Whether they count depends on what else is known of them, which the refresher looks at."""
    del context
    await mark_channel_days(connection, event.tenant_id, event.data.batch_id, event.data.days)
