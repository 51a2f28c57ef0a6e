"""The tenant settings that this service reads."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from common.db import Connection


async def location_source(connection: Connection, tenant_id: UUID) -> str | None:
    """The tenant's current rule for an event's location; writers use data.hold_location_rule instead."""
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
    """The tenant's time zone, currency and country."""
    row = await connection.fetchrow(
        "select time_zone, currency, coalesce(country, '') from auth.tenant where tenant_id = $1", tenant_id
    )
    return Place(*row) if row else Place("UTC", "", "")


async def today(connection: Connection, tenant_id: UUID, now: datetime) -> date:
    """The tenant's calendar day at a moment."""
    return now.astimezone(ZoneInfo(await time_zone(connection, tenant_id))).date()


async def wait_for_writers(connection: Connection, tenant_id: UUID) -> None:
    """Wait until every transaction that read an earlier location rule has ended (data.hold_location_rule)."""
    await connection.execute("insert into data.location_rule (tenant_id) values ($1) on conflict do nothing", tenant_id)
    await connection.execute("select from data.location_rule where tenant_id = $1 for update", tenant_id)


async def has_member(connection: Connection, tenant_id: UUID, account_id: UUID) -> bool:
    """Whether this account is a member of the tenant, joined or invited."""
    found = await connection.fetchval(
        "select 1 from auth.membership where tenant_id = $1 and account_id = $2", tenant_id, account_id
    )
    return found is not None


async def has_team(connection: Connection, tenant_id: UUID, team_id: UUID) -> bool:
    """Whether the tenant has this team."""
    found = await connection.fetchval(
        "select 1 from auth.team where tenant_id = $1 and team_id = $2", tenant_id, team_id
    )
    return found is not None
