"""What was found, on its way into table `insights.insight`; one generation at a time writes a tenant's."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from services.insights_service.store.finding import Findings, Found

_SAME = (
    "insight_type", "severity", "metric", "channel", "location_id", "title", "description", "language", "evidence",
    "impact", "impact_pct", "score", "is_shown",
)  # fmt: skip
# What is found while it still stands keeps what people made of it; else it opens anew.
_KEEP = f"""
insert into insights.insight as i (
    tenant_id, rule, cause, starts_at, status_at, updated_at, {", ".join(_SAME)}
)
select $1, f.rule, f.cause, coalesce(f.starts_at, now()), now(), now(),
    {", ".join(f"f.{name}" for name in _SAME)}
from jsonb_to_recordset($2::jsonb) as f (
    insight_type text, rule text, cause text, severity text, metric text, channel text, location_id text, title text,
    description text, language text, evidence jsonb, impact numeric, impact_pct numeric, score double precision,
    starts_at timestamptz, is_shown boolean
)
on conflict (tenant_id, cause) do update set
    {", ".join(f"{name} = excluded.{name}" for name in _SAME)},
    status = case when i.is_standing then i.status else 'open' end,
    status_by = case when i.is_standing then i.status_by end,
    status_note = case when i.is_standing then i.status_note else '' end,
    status_at = case when i.is_standing then i.status_at else excluded.status_at end,
    starts_at = case when i.is_standing then i.starts_at else excluded.starts_at end,
    ends_at = null,
    is_standing = true,
    updated_at = excluded.updated_at
where not i.is_standing
    or ({", ".join(f"i.{name}" for name in _SAME)}) is distinct from ({", ".join(f"excluded.{name}" for name in _SAME)})
returning i.created_at = i.updated_at as is_new
"""  # noqa: S608 -- own names


async def lock_tenant(connection: Connection, tenant_id: UUID) -> None:
    """Have another generation of the tenant wait until this transaction has ended."""
    await connection.execute(
        "insert into insights.generation (tenant_id, due_at) values ($1, now() + interval '1 hour')"
        " on conflict (tenant_id) do nothing",
        tenant_id,
    )
    await connection.execute("select from insights.generation where tenant_id = $1 for update", tenant_id)


async def get_shown_evidence(
    connection: Connection, tenant_id: UUID, causes: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """By cause, the evidence of what stands and is shown, without its series."""
    rows = await connection.fetch(
        "select cause, evidence - 'series' as evidence from insights.insight"
        " where tenant_id = $1 and cause = any($2) and is_standing and is_shown",
        tenant_id,
        list(causes),
    )
    return {row["cause"]: from_jsonb(row["evidence"]) for row in rows}


async def keep_found(connection: Connection, tenant_id: UUID, found: Sequence[Found]) -> tuple[int, int]:
    """Write what is new or different now; how many are new, and how many others changed."""
    rows = await connection.fetch(_KEEP, tenant_id, to_jsonb(found))
    new = sum(row["is_new"] for row in rows)
    return new, len(rows) - new


async def end_others(connection: Connection, tenant_id: UUID, findings: Findings) -> int:
    """End what the rules found before and do not find any more; how many ended.

    What a person has resolved stays resolved by them.
    """
    rows = await connection.fetch(
        "update insights.insight set is_standing = false, ends_at = now(), updated_at = now(), status = 'resolved',"
        " status_by = case when status = 'resolved' then status_by end,"
        " status_note = case when status = 'resolved' then status_note else $4 end,"
        " status_at = case when status = 'resolved' then status_at else now() end"
        " where tenant_id = $1 and is_standing and rule = any($2) and cause <> all($3) returning true",
        tenant_id,
        list(findings.rules),
        [one.cause for one in findings.found],
        findings.ended,
    )
    return len(rows)


async def take_untold(connection: Connection, tenant_id: UUID) -> list[dict[str, Any]]:
    """What is shown and was not told of yet, or has begun anew after a week: it counts as told from now on."""
    rows = await connection.fetch(
        "update insights.insight set told_at = now()"
        " where tenant_id = $1 and is_shown and is_standing and status = 'open'"
        " and (told_at is null or (told_at < starts_at and told_at < now() - interval '7 days'))"
        " returning insight_id, insight_type, severity, rule, metric, title",
        tenant_id,
    )
    return [dict(row) for row in rows]


async def forget_unshown(connection: Connection, tenant_id: UUID) -> None:
    """Drop what ended half a year ago and was never shown to anybody."""
    await connection.execute(
        "delete from insights.insight where tenant_id = $1 and told_at is null and not is_standing"
        " and ends_at < now() - interval '183 days'",
        tenant_id,
    )
