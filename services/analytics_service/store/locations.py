"""The statement for branches with activity."""

from typing import Any
from uuid import UUID

from common.db import Connection


async def get_locations(connection: Connection, tenant_id: UUID) -> list[dict[str, Any]]:
    """Return the branches that had events, by id, with their events, purchases and revenue of all time."""
    rows = await connection.fetch("select * from analytics.get_locations_with_activity_table($1)", tenant_id)
    return [dict(row) for row in rows]
