"""`auth.tenant.changed.v1`: a new time zone changes every day, a new currency every sum."""

from common.db import Connection
from common.events import Event
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_tenant

_REBUILDING_FIELDS = {"time_zone", "currency"}


async def on_tenant_changed(connection: Connection, event: Event[TenantChanged], context: ServiceContext) -> None:
    """Mark the tenant dirty: the refresher notices that its summaries have another time zone or currency and rebuilds.

    A new location rule is applied by the data service, whose batches arrive like any others.
    """
    del context
    if _REBUILDING_FIELDS.intersection(event.data.changed):
        await mark_tenant(connection, event.tenant_id)
