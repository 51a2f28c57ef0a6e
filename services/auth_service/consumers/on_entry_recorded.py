"""Handle `audit.entry.recorded.v1`: append the entry of any service to the audit log."""

from common.db import Connection
from common.events import Event
from common.events.contracts.audit_entry_recorded import AuditEntryRecorded
from common.http.context import ServiceContext
from services.auth_service.store.audit import append_entry


async def on_entry_recorded(connection: Connection, event: Event[AuditEntryRecorded], context: ServiceContext) -> None:
    """Append the entry under the event's id, so that repeated deliveries add it once."""
    del context
    await append_entry(connection, event.tenant_id, event.id, event.request_id, event.data)
