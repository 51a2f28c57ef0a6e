"""The data from which an insight's chart is drawn."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Drawable(NamedTuple):
    """An insight's evidence as JSON, its language, and the tenant's currency (ISO 4217) and time zone (IANA)."""

    evidence: str
    language: str
    currency: str
    time_zone: str


async def get_drawable(connection: Connection, tenant_id: UUID, insight_id: UUID) -> Drawable | None:
    """Return the data of one of the tenant's insights, shown or not; None if there is none with this id."""
    row = await connection.fetchrow(
        "select i.evidence::text as evidence, i.language, upper(t.currency) as currency, t.time_zone"
        " from insights.insight i join auth.tenant t on t.tenant_id = i.tenant_id"
        " where i.tenant_id = $1 and i.insight_id = $2",
        tenant_id,
        insight_id,
    )
    return Drawable(*row) if row else None
