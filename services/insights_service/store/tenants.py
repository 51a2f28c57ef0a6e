"""The tenant's own settings, as the auth service keeps them."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Tenant(NamedTuple):
    """How a tenant reckons: currency (ISO 4217), time zone (IANA), country (ISO 3166), and its day of now.

    `language` is what it chose; None: its country's.
    """

    currency: str
    time_zone: str
    country: str | None
    today: date
    language: str | None = None


async def get_tenant(connection: Connection, tenant_id: UUID) -> Tenant:
    """The tenant of this transaction."""
    row = await connection.fetchrow(
        "select upper(t.currency), t.time_zone, t.country, (now() at time zone t.time_zone)::date, s.language"
        " from auth.tenant t left join insights.alert_setting s on s.tenant_id = $1 where t.tenant_id = $1",
        tenant_id,
    )
    return Tenant(*(row or ()))
