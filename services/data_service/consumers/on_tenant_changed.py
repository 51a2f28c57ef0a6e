"""`auth.tenant.changed.v1`: a changed location rule or time zone is applied to stored rows, each by a job.

A changed age of events takes effect at the tenant's next midnight.
"""

from common.db import Connection
from common.events import Event
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.http.context import ServiceContext
from common.jobs import enqueue
from services.data_service.domain.events.location_rule import RESOLVE_JOB
from services.data_service.domain.move_days import MOVE_DAYS_JOB
from services.data_service.store.events.aged_events import plan_next_look

_EVENT_DAYS = "retention.event_days"
_JOBS = {"google_analytics_config.location_source": RESOLVE_JOB, "time_zone": MOVE_DAYS_JOB}


async def on_tenant_changed(connection: Connection, event: Event[TenantChanged], context: ServiceContext) -> None:
    """Queue the jobs in the transaction of the event, so that each is queued once."""
    for setting, job in _JOBS.items():
        if setting in event.data.changed:
            await enqueue(connection, context.name, event.tenant_id, job, {}, None)
    if _EVENT_DAYS in event.data.changed:
        await plan_next_look(connection, event.tenant_id)
