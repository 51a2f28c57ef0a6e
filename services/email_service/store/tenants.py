"""Read the settings of a tenant that a report needs."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Tenant(NamedTuple):
    """A tenant's name, time zone (IANA), currency (ISO 4217) and country (ISO 3166, or None)."""

    tenant_id: UUID
    name: str
    time_zone: str
    currency: str
    country: str | None


async def get_tenant(connection: Connection, tenant_id: UUID) -> Tenant:
    """Return the tenant of the transaction."""
    row = await connection.fetchrow(
        "select tenant_id, name, time_zone, currency, country from auth.tenant where tenant_id = $1", tenant_id
    )
    assert row is not None, "who acts for a tenant is a member of one that exists"  # noqa: S101 -- a broken database, not a caller
    return Tenant(*row)
