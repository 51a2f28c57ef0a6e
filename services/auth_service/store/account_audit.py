"""Record an account's own actions in the audit logs of all its tenants, in one transaction."""

from collections.abc import AsyncGenerator
from typing import Any, Literal
from uuid import UUID

from common import audit
from common.db import Connection


async def record_in_each_tenant(
    conn: Connection,
    account_id: UUID,
    actor: audit.Actor,
    action: str,
    *,
    target: str = "",
    outcome: Literal["done", "refused"] = "done",
    detail: dict[str, Any] | None = None,
    count: int = 1,
) -> None:
    """Record an entry for every tenant of the account, or without a tenant if it has none.

    Needs the look-up `own_memberships` of that account. Afterwards, the transaction is in no tenant.
    """
    async for tenant_id in each_tenant(conn, account_id):
        await audit.record(
            conn, "auth", tenant_id, actor, action, target=target, outcome=outcome, detail=detail, count=count
        )


async def each_tenant(conn: Connection, account_id: UUID) -> AsyncGenerator[UUID]:
    """Enter and yield each tenant that the account belongs to, in a fixed order, or `NO_TENANT` if there is none.

    Needs the look-up `own_memberships` of that account. Iterate to the end, since that leaves the last tenant.
    """
    rows = await conn.fetch(
        "select tenant_id from auth.membership where account_id = $1 and joined_at is not null order by tenant_id",
        account_id,
    )
    for tenant_id in [row["tenant_id"] for row in rows] or [audit.NO_TENANT]:
        await _enter(conn, str(tenant_id))
        yield tenant_id
    await _enter(conn, "")


async def _enter(conn: Connection, tenant_id: str) -> None:
    """Let the row-level policies show one tenant, until another is entered or the transaction ends."""
    await conn.execute("select set_config('app.tenant_id', $1, true)", tenant_id)
