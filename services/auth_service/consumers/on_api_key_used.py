"""Handle `auth.api_key.used.v1`: count the uses of an API key, and store when it was last used."""

from common.db import Connection
from common.events import Event
from common.events.contracts.auth_api_key_used import ApiKeyUsed
from common.http.context import ServiceContext
from services.auth_service.store.api_keys import add_uses


async def on_api_key_used(connection: Connection, event: Event[ApiKeyUsed], context: ServiceContext) -> None:
    """Add the uses, in the transaction of the inbox row, so that each counts once."""
    del context
    used = event.data
    await add_uses(connection, event.tenant_id, used.api_key_id, used.uses, used.last_used_at)
