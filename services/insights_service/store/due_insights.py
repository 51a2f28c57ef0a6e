"""When a tenant's insights are due: table `insights.generation`."""

from uuid import UUID

from common.db import Connection, Database


async def add_tenant(connection: Connection, tenant_id: UUID) -> None:
    """Make the tenant's insights due now, and every hour from then on, unless they are already."""
    await connection.execute(
        "insert into insights.generation (tenant_id) values ($1) on conflict (tenant_id) do nothing", tenant_id
    )


async def due_tenants(database: Database) -> list[UUID]:
    """Return the tenants whose insights are due."""
    async with database.lookup("due_insights") as connection:
        rows = await connection.fetch("select tenant_id from insights.generation where due_at <= now()")
    return [row["tenant_id"] for row in rows]


async def claim_due(connection: Connection, tenant_id: UUID, kind: str) -> bool:
    """Claim the tenant's due generation and return whether to queue it; the next is due five minutes past the hour.

    One generation makes up for all missed hours. The answer is False if another replica has claimed it, or if the last
    one is still queued or running.
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
