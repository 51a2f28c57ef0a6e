"""Users and branches that a vendor knows by their ids: added, without touching what is known of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from common.db import Connection
from common.db.jsonb import to_jsonb
from common.events import publish
from common.events.contracts.data_locations_changed import LocationsChanged
from common.events.contracts.data_users_changed import UsersChanged
from common.events.pieces import in_pieces
from services.data_service.store.events.batches import close_batch


async def add_users(
    connection: Connection, tenant_id: UUID, job_id: UUID, users: Mapping[str, Mapping[str, str]]
) -> int:
    """Add users with their properties; of one that is known the properties told now win, all else stays.

    Returns:
        How many are new or different now; they are told of.
    """
    changed = await connection.fetch(
        "insert into data.users as u (tenant_id, user_id, attributes, updated_at)"
        " select $1, r.user_id, r.told::jsonb, now() from unnest($2::text[], $3::text[]) as r (user_id, told)"
        " order by r.user_id on conflict (tenant_id, user_id) do update set"
        " attributes = u.attributes || excluded.attributes, updated_at = excluded.updated_at"
        " where not u.attributes @> excluded.attributes returning u.user_id",
        tenant_id,
        list(users),
        [to_jsonb(dict(told)) for told in users.values()],
    )
    for ids in in_pieces([row["user_id"] for row in changed]) if changed else []:
        batch_id = uuid4()
        await close_batch(connection, tenant_id, batch_id, job_id, len(ids))
        await publish(connection, "data", UsersChanged(user_ids=ids, batch_id=batch_id), tenant_id)
    return len(changed)


async def add_locations(connection: Connection, tenant_id: UUID, location_ids: Sequence[str]) -> int:
    """Add branches that are not known, called by their id; gives how many, and tells of them."""
    added = await connection.fetch(
        "insert into data.locations (tenant_id, location_id, location_name, updated_at)"
        " select $1, r.id, r.id, now() from unnest($2::text[]) as r (id) order by r.id"
        " on conflict do nothing returning location_id",
        tenant_id,
        list(location_ids),
    )
    for ids in in_pieces([row["location_id"] for row in added]) if added else []:
        await publish(connection, "data", LocationsChanged(location_ids=ids), tenant_id)
    return len(added)
