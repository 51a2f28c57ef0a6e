"""When a tenant's insights are due: table `insights.generation`."""

from uuid import UUID

from common.db import Connection, Database


async def add_tenant(connection: Connection, tenant_id: UUID) -> None:
    """The tenant has figures: its insights are due now, and from then on each hour."""
    await connection.execute(
        "insert into insights.generation (tenant_id) values ($1) on conflict (tenant_id) do nothing", tenant_id
    )


async def due_tenants(database: Database) -> list[UUID]:
    """Tenants whose hour has come."""
    async with database.lookup("due_insights") as connection:
        rows = await connection.fetch("select tenant_id from insights.generation where due_at <= now()")
    return [row["tenant_id"] for row in rows]


async def claim_due(connection: Connection, tenant_id: UUID, kind: str) -> bool:
    """Whether the tenant's insights are to be generated now; they are due again five minutes past the next hour.

    However many hours were missed, this is one. No where another replica was faster, or the last one is still at it.
    """
    claimed = await connection.fetchval(
        "with due as (select tenant_id from insights.generation"
        " where tenant_id = $1 and due_at <= now() for update skip locked)"
        " update insights.generation g"
        " set due_at = date_trunc('hour', now() - interval '5 minutes') + interval '65 minutes'"
        " from due where g.tenant_id = due.tenant_id"
        " returning not exists (select from insights.job j"
        " where j.tenant_id = $1 and j.kind = $2 and j.created_by is null and j.status in ('queued', 'running'))",
        tenant_id,
        kind,
    )
    return bool(claimed)
