"""Reworded titles and descriptions of insights, beside the template's: table `insights.insight`."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection

_CHANGED = "(i.worded_at is null or i.worded_at < i.updated_at)"


class Worded(NamedTuple):
    """A shown insight: the template's title and description, its language and evidence, and the reworded texts if any.

    `is_judged` says that rewording was asked for before, and the answer checked.
    """

    insight_id: UUID
    title: str
    description: str
    language: str
    evidence: str
    reworded_title: str | None
    reworded_description: str | None
    is_judged: bool


async def get_to_word(connection: Connection, tenant_id: UUID, most: int) -> list[Worded]:
    """Return shown insights that have changed since the last rewording, by severity and impact."""
    rows = await connection.fetch(
        "select i.insight_id, i.title, i.description, i.language, i.evidence::text as evidence, i.reworded_title,"  # noqa: S608 -- own words
        " i.reworded_description, i.worded_at is not null as is_judged"
        f" from insights.insight i where i.tenant_id = $1 and i.is_standing and i.status <> 'resolved' and {_CHANGED}"
        " and (i.is_shown or exists (select from insights.shown_to s"
        " where s.tenant_id = $1 and s.insight_id = i.insight_id and s.is_shown))"
        " order by array_position(array['high', 'medium', 'low'], i.severity), i.impact_pct desc nulls last,"
        " i.insight_id limit $2",
        tenant_id,
        most,
    )
    return [Worded(*row) for row in rows]


async def keep_words(connection: Connection, tenant_id: UUID, worded: Worded, title: str, description: str) -> None:
    """Store reworded texts, if the template's words and the evidence are still those that they were checked against."""
    await connection.execute(
        "update insights.insight set reworded_title = nullif($3, title),"
        " reworded_description = nullif($4, description), worded_at = now(),"
        " updated_at = case when (coalesce(reworded_title, title), coalesce(reworded_description, description))"
        " = ($3, $4) then updated_at else now() end"
        " where tenant_id = $1 and insight_id = $2 and title = $5 and description = $6 and language = $7"
        " and evidence = $8::jsonb",
        tenant_id,
        worded.insight_id,
        title,
        description,
        worded.title,
        worded.description,
        worded.language,
        worded.evidence,
    )


async def forget_words(connection: Connection, tenant_id: UUID, insight_id: UUID | None = None) -> None:
    """Delete the reworded texts of one insight, or of all."""
    await connection.execute(
        "update insights.insight set reworded_title = null, reworded_description = null, worded_at = null,"
        " updated_at = now() where tenant_id = $1 and worded_at is not null and ($2::uuid is null or insight_id = $2)",
        tenant_id,
        insight_id,
    )
