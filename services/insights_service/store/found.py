"""Storing findings in table `insights.insight`. One generation at a time writes a tenant's insights."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from services.insights_service.store.finding import Findings, Found

_COMPARED = (
    "insight_type", "severity", "metric", "channel", "location_id", "title", "description", "language", "evidence",
    "impact", "impact_pct", "score", "is_shown",
)  # fmt: skip
_SAME_WORDS = "(i.title, i.description, i.language) = (excluded.title, excluded.description, excluded.language)"
# An insight that is found again while it stands keeps the status that people gave it. One that has ended is opened
# again.
_STORE = f"""
insert into insights.insight as i (
    tenant_id, rule, cause, starts_at, status_at, updated_at, {", ".join(_COMPARED)}
)
select $1, f.rule, f.cause, coalesce(f.starts_at, now()), now(), now(),
    {", ".join(f"f.{name}" for name in _COMPARED)}
from jsonb_to_recordset($2::jsonb) as f (
    insight_type text, rule text, cause text, severity text, metric text, channel text, location_id text, title text,
    description text, language text, evidence jsonb, impact numeric, impact_pct numeric, score double precision,
    starts_at timestamptz, is_shown boolean
)
on conflict (tenant_id, cause) do update set
    {", ".join(f"{name} = excluded.{name}" for name in _COMPARED)},
    status = case when i.is_standing then i.status else 'open' end,
    status_by = case when i.is_standing then i.status_by end,
    status_note = case when i.is_standing then i.status_note else '' end,
    status_at = case when i.is_standing then i.status_at else excluded.status_at end,
    starts_at = case when i.is_standing then i.starts_at else excluded.starts_at end,
    ends_at = null,
    is_standing = true,
    -- The reworded text stays as long as the template's text is the same.
    reworded_title = case when {_SAME_WORDS} then i.reworded_title end,
    reworded_description = case when {_SAME_WORDS} then i.reworded_description end,
    worded_at = case when {_SAME_WORDS} then i.worded_at end,
    updated_at = excluded.updated_at
where not i.is_standing
    or ({", ".join(f"i.{name}" for name in _COMPARED)})
    is distinct from ({", ".join(f"excluded.{name}" for name in _COMPARED)})
returning i.created_at = i.updated_at as is_new
"""  # noqa: S608 -- own names


async def lock_tenant(connection: Connection, tenant_id: UUID) -> None:
    """Make other generations of the tenant wait until this transaction ends."""
    await connection.execute(
        "insert into insights.generation (tenant_id, due_at) values ($1, now() + interval '1 hour')"
        " on conflict (tenant_id) do nothing",
        tenant_id,
    )
    await connection.execute("select from insights.generation where tenant_id = $1 for update", tenant_id)


class Standing(NamedTuple):
    """An insight that the last look found: whether it is shown to anybody, and its evidence without the series."""

    is_shown: bool
    evidence: dict[str, Any]


async def get_standing(connection: Connection, tenant_id: UUID, causes: Sequence[str]) -> dict[str, Standing]:
    """Return the insights of these causes that the last look found, by cause."""
    rows = await connection.fetch(
        "select i.cause, i.evidence - 'series' as evidence, i.is_shown or exists (select from insights.shown_to s"
        " where s.tenant_id = $1 and s.insight_id = i.insight_id and s.is_shown) as is_shown"
        " from insights.insight i where i.tenant_id = $1 and i.cause = any($2) and i.is_standing",
        tenant_id,
        list(causes),
    )
    return {row["cause"]: Standing(row["is_shown"], from_jsonb(row["evidence"])) for row in rows}


async def keep_found(connection: Connection, tenant_id: UUID, found: Sequence[Found]) -> tuple[int, int]:
    """Store findings that are new or have changed; return how many are new and how many have changed."""
    rows = await connection.fetch(_STORE, tenant_id, to_jsonb(found))
    new = sum(row["is_new"] for row in rows)
    return new, len(rows) - new


async def end_others(connection: Connection, tenant_id: UUID, findings: Findings) -> int:
    """End the insights that the rules do not find any more, though they could look at them; return how many.

    An insight that a person has resolved keeps that person's status and note.
    """
    rows = await connection.fetch(
        "update insights.insight set is_standing = false, ends_at = now(), updated_at = now(), status = 'resolved',"
        " status_by = case when status = 'resolved' then status_by end,"
        " status_note = case when status = 'resolved' then status_note else coalesce($5::jsonb ->> cause, $4) end,"
        " status_at = case when status = 'resolved' then status_at else now() end"
        " where tenant_id = $1 and is_standing and rule = any($2) and cause <> all($3) returning true",
        tenant_id,
        list(findings.rules),
        [*(found.cause for found in findings.found), *(cause for unseen in findings.unseen for cause in unseen.causes)],
        findings.ended,
        to_jsonb(findings.ended_as),
    )
    return len(rows)


async def keep_shown_to(connection: Connection, tenant_id: UUID, found: Sequence[Found]) -> None:
    """Store which findings the recipients with an own setting are shown from now on, and which not any more."""
    shown = [
        {
            "cause": finding.cause,
            "is_shown": finding.is_shown,
            "shown_to": None if finding.shown_to is None else list(finding.shown_to),
        }
        for finding in found
    ]
    await connection.execute(
        "with now_shown as ("
        "select r.account_id, i.insight_id, coalesce(r.account_id = any(f.shown_to), f.is_shown) as is_shown"
        " from jsonb_to_recordset($2::jsonb) as f (cause text, is_shown boolean, shown_to uuid[])"
        " join insights.insight i on i.tenant_id = $1 and i.cause = f.cause"
        # The lock makes a concurrent deletion of a recipient wait, so that no row refers to a deleted recipient.
        " join (select account_id from insights.recipient where tenant_id = $1 for key share) r on true)"
        " insert into insights.shown_to as s (tenant_id, account_id, insight_id, is_shown)"
        " select $1, n.account_id, n.insight_id, true from now_shown n where n.is_shown"
        " union all"
        " select $1, n.account_id, n.insight_id, false from now_shown n"
        " join insights.shown_to w on w.tenant_id = $1 and w.account_id = n.account_id"
        " and w.insight_id = n.insight_id and w.is_shown"
        " where not n.is_shown"
        " on conflict (tenant_id, account_id, insight_id) do update set is_shown = excluded.is_shown"
        " where s.is_shown <> excluded.is_shown",
        tenant_id,
        to_jsonb(shown),
    )


# True for a shown insight that has not been announced yet, or that began again after an announcement over a week ago.
_UNANNOUNCED = (
    "{row}.is_shown and i.is_standing and i.status = 'open'"
    " and ({row}.told_at is null or ({row}.told_at < i.starts_at and {row}.told_at < now() - interval '7 days'))"
)


async def take_unannounced(connection: Connection, tenant_id: UUID) -> list[dict[str, Any]]:
    """Return the insights to announce to the company or to recipients, and mark them as announced."""
    rows = await connection.fetch(
        "with company as (update insights.insight i set told_at = now()"  # noqa: S608 -- own words
        f" where i.tenant_id = $1 and {_UNANNOUNCED.format(row='i')} returning i.insight_id),"
        " own as (update insights.shown_to s set told_at = now() from insights.insight i"
        " where s.tenant_id = $1 and i.tenant_id = $1 and i.insight_id = s.insight_id"
        f" and {_UNANNOUNCED.format(row='s')} returning s.insight_id, s.account_id),"
        " recipients as (select insight_id, array_agg(account_id order by account_id) as accounts from own group by 1)"
        " select i.insight_id, i.insight_type, i.severity, i.rule, i.metric,"
        " coalesce(i.reworded_title, i.title) as title, c.insight_id is not null as to_company,"
        " coalesce(r.accounts, '{}') as recipients"
        " from insights.insight i left join company c on c.insight_id = i.insight_id"
        " left join recipients r on r.insight_id = i.insight_id"
        " where i.tenant_id = $1 and coalesce(c.insight_id, r.insight_id) is not null",
        tenant_id,
    )
    return [dict(row) for row in rows]


async def forget_unshown(connection: Connection, tenant_id: UUID) -> None:
    """Delete insights that ended half a year ago and were never shown to anybody."""
    await connection.execute(
        "delete from insights.insight i where i.tenant_id = $1 and i.told_at is null and not i.is_standing"
        " and i.ends_at < now() - interval '183 days' and not exists (select from insights.shown_to s"
        " where s.tenant_id = $1 and s.insight_id = i.insight_id and s.told_at is not null)",
        tenant_id,
    )
