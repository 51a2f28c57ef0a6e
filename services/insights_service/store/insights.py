"""Reading insights and changing their status: table `insights.insight`, with the caller's feedback."""

from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from common.pagination import PageParams
from services.insights_service.store.finding import InsightType, Severity

# Whether the caller is shown the insight: a recipient with an own setting is not shown what the company is shown.
_IS_SHOWN = (
    "case when exists (select from insights.recipient r where r.tenant_id = $1 and r.account_id = $2)"
    " then exists (select from insights.shown_to s where s.tenant_id = $1 and s.account_id = $2"
    " and s.insight_id = i.insight_id and s.is_shown) else i.is_shown end"
)
_SELECT = (
    "select i.insight_id as id, i.insight_type, coalesce(i.reworded_title, i.title) as title,"  # noqa: S608 -- own words
    " coalesce(i.reworded_description, i.description) as description, i.severity, i.metric, i.channel, i.evidence,"
    " i.created_at, i.rule, i.status, i.status_by, i.status_note, i.status_at, i.location_id, i.language, i.impact,"
    f" i.impact_pct, i.score, i.starts_at, i.ends_at, {_IS_SHOWN} as is_shown, i.updated_at,"
    " f.useful, f.note, f.created_at as said_at, f.updated_at as said_last_at"
    " from insights.insight i left join insights.feedback f"
    " on f.tenant_id = i.tenant_id and f.insight_id = i.insight_id and f.account_id = $2"
)
_MATCHES = (
    "($3::text is null or i.insight_type = $3) and ($4::text is null or i.severity = $4)"
    " and case coalesce($5, '') when 'all' then true"
    f" when '' then i.status <> 'resolved' and {_IS_SHOWN} else i.status = $5 and {_IS_SHOWN} end"
)


class Filter(NamedTuple):
    """Which insights to list.

    `status` None means those that are shown to the caller and not resolved; "all" means every insight, shown or not.
    """

    insight_type: InsightType | None = None
    severity: Severity | None = None
    status: str | None = None


async def list_insights(
    connection: Connection, tenant_id: UUID, account_id: UUID, filters: Filter, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of insights by severity, then impact, then the newest first; and the number of all."""
    arguments = (tenant_id, account_id, *filters)
    rows = await connection.fetch(
        f"{_SELECT} where i.tenant_id = $1 and {_MATCHES}"
        " order by array_position(array['high', 'medium', 'low'], i.severity), i.impact_pct desc nulls last,"
        " i.starts_at desc, i.insight_id limit $6 offset $7",
        *arguments,
        page.limit,
        page.offset,
    )
    total = await connection.fetchval(
        f"select count(*) from insights.insight i where i.tenant_id = $1 and {_MATCHES}",  # noqa: S608 -- own words
        *arguments,
    )
    return [_answer(row) for row in rows], total or 0


async def get_insight(
    connection: Connection, tenant_id: UUID, account_id: UUID, insight_id: UUID
) -> dict[str, Any] | None:
    """Return one of the tenant's insights, shown or not; None if there is none with this id."""
    row = await connection.fetchrow(
        f"{_SELECT} where i.tenant_id = $1 and i.insight_id = $3", tenant_id, account_id, insight_id
    )
    return _answer(row) if row else None


async def lock_insight(connection: Connection, tenant_id: UUID, insight_id: UUID) -> Any:
    """Lock an insight until the transaction ends.

    Return its rule, status and note, and whether the last look found it; None if there is none with this id.
    """
    return await connection.fetchrow(
        "select rule, status, status_note, is_standing from insights.insight"
        " where tenant_id = $1 and insight_id = $2 for update",
        tenant_id,
        insight_id,
    )


async def set_status(
    connection: Connection, tenant_id: UUID, insight_id: UUID, status: str, note: str, by: UUID
) -> None:
    """Set the status and note that a person gives an insight."""
    await connection.execute(
        "update insights.insight set status = $3, status_note = $4, status_by = $5, status_at = now(),"
        " updated_at = now() where tenant_id = $1 and insight_id = $2",
        tenant_id,
        insight_id,
        status,
        note,
        by,
    )


def _answer(row: Any) -> dict[str, Any]:
    insight = dict(row)
    useful, note, said_at, said_last_at = (insight.pop(name) for name in ("useful", "note", "said_at", "said_last_at"))
    own_feedback = {"useful": useful, "note": note, "created_at": said_at, "updated_at": said_last_at}
    insight["evidence"] = raw_jsonb(insight["evidence"])
    insight["own_feedback"] = None if useful is None else own_feedback
    return insight
