"""Other words for insights, beside the template's: table `insights.insight`."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection

_CHANGED = "(i.worded_at is null or i.worded_at < i.updated_at)"


class Worded(NamedTuple):
    """A shown insight: its template's words in its language, those in their place if there are, what they rest on.

    `is_judged`: other words for just these were asked for and judged before.
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
    """What is shown to anybody and whose figures are others than at the last rewording; what matters most first."""
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


async def keep_words(connection: Connection, tenant_id: UUID, one: Worded, title: str, description: str) -> None:
    """Have these stand in place of the template's words, if it says still what they were judged by."""
    await connection.execute(
        "update insights.insight set reworded_title = nullif($3, title),"
        " reworded_description = nullif($4, description), worded_at = now(),"
        " updated_at = case when (coalesce(reworded_title, title), coalesce(reworded_description, description))"
        " = ($3, $4) then updated_at else now() end"
        " where tenant_id = $1 and insight_id = $2 and title = $5 and description = $6 and language = $7"
        " and evidence = $8::jsonb",
        tenant_id,
        one.insight_id,
        title,
        description,
        one.title,
        one.description,
        one.language,
        one.evidence,
    )


async def forget_words(connection: Connection, tenant_id: UUID, insight_id: UUID | None = None) -> None:
    """Have the template's words stand alone: of one insight, or of all."""
    await connection.execute(
        "update insights.insight set reworded_title = null, reworded_description = null, worded_at = null,"
        " updated_at = now() where tenant_id = $1 and worded_at is not null and ($2::uuid is null or insight_id = $2)",
        tenant_id,
        insight_id,
    )
