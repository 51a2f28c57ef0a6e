"""Consumer of `analytics.day.refreshed.v1`: the tenant has figures, so its insights can be generated."""

from common.db import Connection
from common.events import Event
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.http.context import ServiceContext
from services.insights_service.store.due_insights import add_tenant


async def on_day_refreshed(connection: Connection, event: Event[DayRefreshed], context: ServiceContext) -> None:
    """Have the tenant's insights generated every hour from now on."""
    del context
    await add_tenant(connection, event.tenant_id)
