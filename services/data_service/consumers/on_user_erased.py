"""`analytics.user.erased.v1`, `email.user.erased.v1`: another service has erased its data about a person."""

from common.db import Connection
from common.events import Event
from common.events.contracts.analytics_user_erased import UserErased as ErasedByAnalytics
from common.events.contracts.email_user_erased import UserErased as ErasedByEmail
from common.http.context import ServiceContext
from services.data_service.store.people.erasures import note_told


async def on_user_erased(
    connection: Connection, event: Event[ErasedByAnalytics | ErasedByEmail], context: ServiceContext
) -> None:
    """Store its counts for the receipt. The erasure's job polls for them."""
    del context
    service = event.type.partition(".")[0]
    await note_told(connection, event.tenant_id, event.data.erasure_id, service, event.data.counts)
