"""Publishing which users and branches a write changed, in the write's own transaction."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from common.db import Connection
from common.events import publish
from common.events.contracts.data_locations_changed import LocationsChanged
from common.events.contracts.data_users_changed import UsersChanged
from common.events.pieces import in_pieces
from services.data_service.store.events.batches import close_batch


async def announce_users(connection: Connection, tenant_id: UUID, job_id: UUID | None, user_ids: Sequence[str]) -> None:
    """Publish changed users, in as many events as they need; nothing where there are none.

    Each event is a batch that the job waits for: a user's home places events, so answers include the change only after
    a refresh.
    """
    for ids in in_pieces(list(user_ids)) if user_ids else []:
        batch_id = uuid4()
        await close_batch(connection, tenant_id, batch_id, job_id, len(ids))
        await publish(connection, "data", UsersChanged(user_ids=ids, batch_id=batch_id), tenant_id)


async def announce_locations(connection: Connection, tenant_id: UUID, location_ids: Sequence[str]) -> None:
    """Publish changed branches; no batch, since a branch's name is read with each answer."""
    for ids in in_pieces(list(location_ids)) if location_ids else []:
        await publish(connection, "data", LocationsChanged(location_ids=ids), tenant_id)
