"""Tenants' settings, as the auth service stores them, and the language of their insights."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Tenant(NamedTuple):
    """A tenant's currency (ISO 4217), time zone (IANA), country (ISO 3166), and its present day.

    `language` is the one that it chose; None for its country's.
    """

    currency: str
    time_zone: str
    country: str | None
    today: date
    language: str | None = None


async def get_tenant(connection: Connection, tenant_id: UUID) -> Tenant:
    """Return the tenant's settings; the transaction must be that tenant's."""
    row = await connection.fetchrow(
        "select upper(t.currency), t.time_zone, t.country, (now() at time zone t.time_zone)::date, s.language"
        " from auth.tenant t left join insights.alert_setting s on s.tenant_id = $1 where t.tenant_id = $1",
        tenant_id,
    )
    return Tenant(*(row or ()))
