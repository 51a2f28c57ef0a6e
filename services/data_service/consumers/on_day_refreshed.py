"""`analytics.day.refreshed.v1`: an import is completed only once every answer includes its rows."""

from common.db import Connection
from common.events import Event
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.http.context import ServiceContext
from common.jobs import complete
from services.data_service.store.events.batches import mark_refreshed


async def on_day_refreshed(connection: Connection, event: Event[DayRefreshed], context: ServiceContext) -> None:
    """Mark the batches, and complete the jobs that waited for the last of them."""
    for job_id in await mark_refreshed(connection, event.tenant_id, event.data.batch_ids):
        await complete(connection, context.name, event.tenant_id, job_id)
