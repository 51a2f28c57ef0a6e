"""Day totals as they are kept, and as the events make them."""

from uuid import UUID

from common.db import Connection
from services.analytics_service.store.marketing_tables import Rows, Span

_COLUMNS = "events, page_views, add_to_carts, searches, failed_searches, sessions, bought_sessions, purchases"


async def kept_day_totals(connection: Connection, tenant_id: UUID, days: Span) -> Rows:
    """By location ('': the tenant) and day; a location's visitors are 0."""
    rows = await connection.fetch(
        f"select location_id, day, {_COLUMNS}, coalesce(fresh[1], 0)::bigint"  # noqa: S608 -- own names
        " from analytics.day_total where tenant_id = $1 and day between $2 and $3",
        tenant_id,
        *days,
    )
    return {(row[0], row[1]): tuple(row)[2:] for row in rows}


async def recount_day_totals(connection: Connection, tenant_id: UUID, days: Span) -> Rows:
    """The same, counted from events."""
    rows = await connection.fetch(
        f"select location_id, day, {_COLUMNS}, visitors"  # noqa: S608 -- own names
        " from analytics.recount_day_totals($1, (select time_zone from auth.tenant where tenant_id = $1), $2, $3)",
        tenant_id,
        *days,
        timeout=3600,
    )
    return {(row[0], row[1]): tuple(row)[2:] for row in rows}
