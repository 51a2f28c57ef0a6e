"""Special days that companies declare: table `insights.declared_event`."""

from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams

_COLUMNS = "event_id as id, name, kind, first_day, last_day, channel, location_id, created_at"


async def list_declared_events(
    connection: Connection, tenant_id: UUID, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of declared events, those that end last first, and the number of all."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from insights.declared_event where tenant_id = $1"  # noqa: S608 -- own names
        " order by last_day desc, first_day desc, name, event_id limit $2 offset $3",
        tenant_id,
        page.limit,
        page.offset,
    )
    total = await connection.fetchval("select count(*) from insights.declared_event where tenant_id = $1", tenant_id)
    return [dict(row) for row in rows], total or 0


async def add_declared_event(connection: Connection, tenant_id: UUID, event: dict[str, Any], by: UUID) -> Any:
    """Add a declared event and return its row."""
    return await connection.fetchrow(
        "insert into insights.declared_event"  # noqa: S608 -- own names
        " (tenant_id, name, kind, first_day, last_day, channel, location_id, created_by)"
        f" values ($1, $2, $3, $4, $5, $6, $7, $8) returning {_COLUMNS}",
        tenant_id,
        *(event[name] for name in ("name", "kind", "first_day", "last_day", "channel", "location_id")),
        by,
    )


async def remove_declared_event(connection: Connection, tenant_id: UUID, event_id: UUID) -> str | None:
    """Delete a declared event and return its name; None if there is none with this id."""
    name: str | None = await connection.fetchval(
        "delete from insights.declared_event where tenant_id = $1 and event_id = $2 returning name",
        tenant_id,
        event_id,
    )
    return name
