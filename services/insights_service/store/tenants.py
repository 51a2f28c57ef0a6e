"""The tenant's own settings, as the auth service keeps them."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Tenant(NamedTuple):
    """How a tenant reckons: currency (ISO 4217), time zone (IANA), country (ISO 3166), and its day of now."""

    currency: str
    time_zone: str
    country: str | None
    today: date


async def get_tenant(connection: Connection, tenant_id: UUID) -> Tenant:
    """The tenant of this transaction."""
    row = await connection.fetchrow(
        "select upper(currency), time_zone, country, (now() at time zone time_zone)::date"
        " from auth.tenant where tenant_id = $1",
        tenant_id,
    )
    return Tenant(*(row or ()))
