"""Whether two tenants of one database hold the same: every row of every table that a file ends up in."""

from uuid import UUID

from common.db import Connection

EVENTS = (
    *("data.page_view", "data.view_item", "data.add_to_cart", "data.purchase"),
    *("data.view_search_results", "data.no_search_results", "data.other_event"),
)
CONTACTS = ("data.users", "data.locations", "data.user_device")
SUMMARIES = (
    *("analytics.session", "analytics.open_cart", "analytics.session_search", "analytics.sale", "analytics.buy"),
    *("analytics.visit_day", "analytics.user_day", "analytics.day_total", "analytics.device_user"),
    *("analytics.product_day", "analytics.product_month"),
)
_TABLES = (*EVENTS, *CONTACTS, *SUMMARIES, "data.import_reject")
# Which tenant, batch and job brought a row, and when.
_APART = "array['tenant_id', 'batch_id', 'job_id', 'updated_at']"


async def differences(connection: Connection, one: UUID, other: UUID) -> list[str]:
    """Up to three rows of each table that only one of the tenants has; empty where both hold the same."""
    found: list[str] = []
    for table in _TABLES:
        rows = f"select (to_jsonb(t) - {_APART})::text as row from {table} t where tenant_id = "
        for here, there, whose in ((one, other, "only the first"), (other, one, "only the second")):
            only = await connection.fetch(f"{rows}$1 except all {rows}$2 limit 3", here, there)
            found += [f"{table}, {whose}: {row[0]}" for row in only]
    return found


async def counts_of(connection: Connection, tenant_id: UUID) -> dict[str, int]:
    """How many rows a tenant has in each table."""
    return {
        table: await _count(connection, f"select count(*) from {table} where tenant_id = $1", tenant_id)
        for table in _TABLES
    }


async def left_over(connection: Connection, tenant_id: UUID) -> dict[str, int]:
    """What should be nothing once all work is done: changes not summed up yet, and events that were given up."""
    found = {
        "changes not in the summaries": "select count(*) from analytics.dirty_key where tenant_id = $1",
        "batches not in the answers": "select count(*) from data.batch where tenant_id = $1 and refreshed_at is null",
        "jobs that wait": "select count(*) from data.awaiting_job where tenant_id = $1",
        **{
            f"dead letters of {service}": f"select count(*) from {service}.dead_letter where tenant_id = $1"
            for service in ("auth", "data", "analytics", "email")
        },
    }
    counts = {what: await _count(connection, statement, tenant_id) for what, statement in found.items()}
    return {what: count for what, count in counts.items() if count}


async def _count(connection: Connection, statement: str, tenant_id: UUID) -> int:
    return int(await connection.fetchval(statement, tenant_id) or 0)
