"""Users and locations: inserted or updated, publishing those that changed."""

from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.data_service.store.events.record_rows import RecordedRows
from services.data_service.store.people.announce import announce_locations, announce_users
from services.data_service.store.people.contact_row import ContactRow

# A row just inserted by an upsert has no xmax; one that it updated has its own.
_UPSERT_USERS = """
    insert into data.users as u (
        tenant_id, user_id, attributes, buying_company_name, email, cell_phone, office_phone, location_id, updated_at
    )
    select $1, r.key, r.attributes::jsonb, r.company, r.email, r.cell, r.office, r.location_id, now()
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        as r (key, attributes, company, email, cell, office, location_id)
    order by r.key
    on conflict (tenant_id, user_id) do update set
        attributes = excluded.attributes, buying_company_name = excluded.buying_company_name, email = excluded.email,
        cell_phone = excluded.cell_phone, office_phone = excluded.office_phone, location_id = excluded.location_id,
        updated_at = excluded.updated_at
    where
        (u.attributes, u.buying_company_name, u.email, u.cell_phone, u.office_phone, u.location_id)
        is distinct from (
            excluded.attributes, excluded.buying_company_name, excluded.email, excluded.cell_phone,
            excluded.office_phone, excluded.location_id
        )
    returning u.user_id, xmax = 0 as is_new
"""
_UPSERT_LOCATIONS = """
    insert into data.locations as l (tenant_id, location_id, attributes, location_name, city, state, updated_at)
    select $1, r.key, r.attributes::jsonb, r.name, r.city, r.state, now()
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        as r (key, attributes, name, city, state)
    order by r.key
    on conflict (tenant_id, location_id) do update set
        attributes = excluded.attributes, location_name = excluded.location_name, city = excluded.city,
        state = excluded.state, updated_at = excluded.updated_at
    where
        (l.attributes, l.location_name, l.city, l.state)
        is distinct from (excluded.attributes, excluded.location_name, excluded.city, excluded.state)
    returning l.location_id, xmax = 0 as is_new
"""


async def upsert_contacts(
    connection: Connection, tenant_id: UUID, job_id: UUID, kind: str, rows: list[ContactRow]
) -> RecordedRows:
    """Insert or update `users` or `locations`, the last row of an id winning, and publish those that changed."""
    latest = {row.key: row for row in rows}
    columns = zip(*(row.values for row in latest.values()), strict=True)
    changed = await connection.fetch(
        _UPSERT_USERS if kind == "users" else _UPSERT_LOCATIONS,
        tenant_id,
        list(latest),
        [to_jsonb(row.attributes) for row in latest.values()],
        *map(list, columns),
    )
    ids = [row[0] for row in changed]
    if kind == "users":
        await announce_users(connection, tenant_id, job_id, ids)
    else:
        await announce_locations(connection, tenant_id, ids)
    new = sum(row["is_new"] for row in changed)
    return RecordedRows(new, len(changed) - new)
