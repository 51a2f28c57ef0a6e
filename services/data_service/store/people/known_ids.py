"""Users and branches that a vendor reports by id: added without changing what is stored of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.data_service.store.people.announce import announce_locations, announce_users


async def add_users(
    connection: Connection, tenant_id: UUID, job_id: UUID, users: Mapping[str, Mapping[str, str]]
) -> int:
    """Add users with their properties; a stored user's properties are updated, all else stays.

    Returns:
        How many are new or different; they are published.
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
    await announce_users(connection, tenant_id, job_id, [row["user_id"] for row in changed])
    return len(changed)


async def add_locations(connection: Connection, tenant_id: UUID, location_ids: Sequence[str]) -> int:
    """Add unknown branches, named by their id, and publish them; returns how many."""
    added = await connection.fetch(
        "insert into data.locations (tenant_id, location_id, location_name, updated_at)"
        " select $1, r.id, r.id, now() from unnest($2::text[]) as r (id) order by r.id"
        " on conflict do nothing returning location_id",
        tenant_id,
        list(location_ids),
    )
    await announce_locations(connection, tenant_id, [row["location_id"] for row in added])
    return len(added)
