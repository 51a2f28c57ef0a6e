"""What this service needs of a tenant's settings."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


async def location_source(connection: Connection, tenant_id: UUID) -> str | None:
    """The tenant's rule for an event's location, as it stands; see data.hold_location_rule for writers."""
    return await connection.fetchval(
        "select google_analytics_config ->> 'location_source' from auth.tenant where tenant_id = $1", tenant_id
    )


async def time_zone(connection: Connection, tenant_id: UUID) -> str:
    """The tenant's IANA time zone."""
    return str(await connection.fetchval("select time_zone from auth.tenant where tenant_id = $1", tenant_id))


class Place(NamedTuple):
    """Where a tenant is: its IANA time zone, currency and country."""

    time_zone: str
    currency: str
    country: str


async def place_of_tenant(connection: Connection, tenant_id: UUID) -> Place:
    """Where, and in what money, the tenant counts."""
    row = await connection.fetchrow(
        "select time_zone, currency, coalesce(country, '') from auth.tenant where tenant_id = $1", tenant_id
    )
    return Place(*row) if row else Place("UTC", "", "")


async def wait_for_writers(connection: Connection, tenant_id: UUID) -> None:
    """Return once no transaction is open that read a former location rule (data.hold_location_rule)."""
    await connection.execute("insert into data.location_rule (tenant_id) values ($1) on conflict do nothing", tenant_id)
    await connection.execute("select from data.location_rule where tenant_id = $1 for update", tenant_id)
