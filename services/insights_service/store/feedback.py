"""Readers' feedback on insights: table `insights.feedback`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.db import Connection


async def set_feedback(
    connection: Connection, tenant_id: UUID, insight_id: UUID, account_id: UUID, *, useful: bool, note: str, rule: str
) -> Any:
    """Store an account's feedback on an insight in place of its former feedback; `is_new` says there was none."""
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
    """Return each rule that has found any insight, with how many were shown, and the counts of feedback."""
    rows = await connection.fetch(
        "select i.rule, coalesce(sum(f.useful), 0) as useful, coalesce(sum(f.noise), 0) as noise,"
        " count(*) filter (where i.told_at is not null or exists (select from insights.shown_to s"
        " where s.tenant_id = $1 and s.insight_id = i.insight_id and s.told_at is not null)) as shown"
        " from insights.insight i"
        " left join ("
        "select insight_id, count(*) filter (where useful) as useful, count(*) filter (where not useful) as noise"
        " from insights.feedback where tenant_id = $1 group by insight_id) f on f.insight_id = i.insight_id"
        " where i.tenant_id = $1 group by i.rule order by i.rule",
        tenant_id,
    )
    return [dict(row) for row in rows]


async def own_voices(
    connection: Connection, tenant_id: UUID, accounts: Sequence[UUID]
) -> dict[UUID, dict[str, tuple[int, int]]]:
    """Return by account and rule how often each of these accounts called an insight useful, and how often noise."""
    rows = await connection.fetch(
        "select account_id, rule, count(*) filter (where useful) as useful, count(*) filter (where not useful) as noise"
        " from insights.feedback where tenant_id = $1 and account_id = any($2) group by account_id, rule",
        tenant_id,
        list(accounts),
    )
    by_account: dict[UUID, dict[str, tuple[int, int]]] = {}
    for row in rows:
        by_account.setdefault(row["account_id"], {})[row["rule"]] = (int(row["useful"]), int(row["noise"]))
    return by_account
