"""One website user: their contact row, and data.get_user_events."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection


class UserEventCount(NamedTuple):
    """A user's events of one table; purchases by currency ('' is the tenant's), with their value."""

    event_table: str
    currency: str | None
    event_count: int
    first_ts: datetime
    last_ts: datetime
    value: Decimal | None


async def get_contact(connection: Connection, tenant_id: UUID, user_id: str) -> dict[str, Any] | None:
    """The user's row with the home location's name, or None."""
    row = await connection.fetchrow(
        "select u.buying_company_name, u.email, u.cell_phone, u.office_phone, u.attributes, u.updated_at,"
        " u.location_id, l.location_name, l.city, l.state from data.users u"
        " left join data.locations l on l.tenant_id = u.tenant_id and l.location_id = u.location_id"
        " where u.tenant_id = $1 and u.user_id = $2",
        tenant_id,
        user_id,
    )
    return dict(row) if row else None


async def get_user_events(connection: Connection, tenant_id: UUID, user_id: str) -> list[UserEventCount]:
    """What the user did while signed in, by table."""
    rows = await connection.fetch("select * from data.get_user_events($1, $2)", tenant_id, user_id)
    return [UserEventCount(*row) for row in rows]
