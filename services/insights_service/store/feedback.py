"""What readers say of insights: table `insights.feedback`."""

from typing import Any
from uuid import UUID

from common.db import Connection


async def say(
    connection: Connection, tenant_id: UUID, insight_id: UUID, account_id: UUID, *, useful: bool, note: str, rule: str
) -> Any:
    """What an account says of an insight; what it said before goes. `is_new`: it said nothing before."""
    return await connection.fetchrow(
        "insert into insights.feedback as f (tenant_id, insight_id, account_id, useful, note, rule, updated_at)"
        " select $1, $2, $3, $4, $5, $6, now()"
        " on conflict (tenant_id, insight_id, account_id) do update"
        " set useful = excluded.useful, note = excluded.note, updated_at = excluded.updated_at"
        " returning useful, note, created_at, updated_at, created_at = updated_at as is_new",
        tenant_id,
        insight_id,
        account_id,
        useful,
        note,
        rule,
    )


async def list_rules(connection: Connection, tenant_id: UUID) -> list[dict[str, Any]]:
    """Each rule that ever found something: how many were shown, and what readers said of them."""
    rows = await connection.fetch(
        "select i.rule, count(*) filter (where i.told_at is not null) as shown, coalesce(sum(f.useful), 0) as useful,"
        " coalesce(sum(f.noise), 0) as noise"
        " from insights.insight i"
        " left join ("
        "select insight_id, count(*) filter (where useful) as useful, count(*) filter (where not useful) as noise"
        " from insights.feedback where tenant_id = $1 group by insight_id) f on f.insight_id = i.insight_id"
        " where i.tenant_id = $1 group by i.rule order by i.rule",
        tenant_id,
    )
    return [dict(row) for row in rows]
