"""`auth.tenant.changed.v1`: another time zone moves every day, another currency every sum."""

from common.db import Connection
from common.events import Event
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_tenant

_REBUILDS = {"time_zone", "currency"}


async def on_tenant_changed(connection: Connection, event: Event[TenantChanged], context: ServiceContext) -> None:
    """Have the refresher look at the tenant: it sees that the summaries were computed otherwise, and rebuilds them.

    A new location rule is data's to apply; its batches come as any others.
    """
    del context
    if _REBUILDS.intersection(event.data.changed):
        await mark_tenant(connection, event.tenant_id)
