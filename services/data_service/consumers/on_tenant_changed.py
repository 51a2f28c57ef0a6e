"""`auth.tenant.changed.v1`: another location rule is applied to what is stored, as a job."""

from common.db import Connection
from common.events import Event
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.http.context import ServiceContext
from common.jobs import enqueue
from services.data_service.domain.events.location_rule import RESOLVE_JOB

_RULE = "google_analytics_config.location_source"


async def on_tenant_changed(connection: Connection, event: Event[TenantChanged], context: ServiceContext) -> None:
    """Queue the job in the event's own transaction, so that it is queued once."""
    if _RULE in event.data.changed:
        await enqueue(connection, context.name, event.tenant_id, RESOLVE_JOB, {}, None)
