"""Read and store everything that detection found, shown or not: table `insights.candidate` and its insights."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from common.db import Connection
from services.insights_service.store.found import lock_tenant

# The name of the finder that judges series.
SERIES = "series"
# The prefix of all causes that this finder finds.
_CAUSE_PREFIX = "anomaly."
_STANDING = """
select
    i.cause, i.is_shown, i.starts_at, i.evidence -> 'window' ->> 'end' as window_end,
    i.evidence ->> 'direction' as direction,
    (
        select jsonb_object_agg(p ->> 'dimension', p -> 'members' -> 0 ->> 'id')::text
        from jsonb_array_elements(i.evidence -> 'segment') p
    ) as segment,
    coalesce((i.evidence ->> 'is_ongoing')::boolean, false) as is_ongoing,
    coalesce((i.evidence ->> 'is_mild')::boolean, false) as is_mild, i.impact_pct::float8
from insights.insight i
where i.tenant_id = $1 and starts_with(i.cause, $2)
    and (
        i.is_standing
        or (
            i.ends_at > now() - interval '30 days'
            and (
                i.is_shown
                or exists (
                    select from insights.shown_to s
                    where s.tenant_id = $1 and s.insight_id = i.insight_id and s.is_shown
                )
            )
        )
    )
order by i.is_standing desc, i.starts_at desc
"""

# The rank is computed as in domain/anomalies/alert_budget.py: tenfold impact makes up for tenfold probability.
_RANKS_HIGHER = """
update insights.candidate k set rule = c.rule, score = c.score, impact_pct = c.impact_pct, is_mild = c.is_mild
from unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::bool[])
    as c (cause, rule, score, impact_pct, is_mild)
where k.tenant_id = $1 and k.cause = c.cause
    and (
        k.is_mild and not c.is_mild
        or k.is_mild = c.is_mild and c.score + log(greatest(least(c.impact_pct, 100), 0.01))
        > k.score + log(greatest(least(k.impact_pct::float8, 100), 0.01)) + 1e-9
    )
"""

# A mild change that has become clear is announced again, unless somebody has dealt with it. This happens once, because
# a candidate that was clear stays clear.
_CLEARER = """
with clearer as (
    select i.insight_id
    from unnest($2::text[], $3::bool[]) as c (cause, is_mild)
    join insights.candidate k on k.tenant_id = $1 and k.cause = c.cause
    join insights.insight i on i.tenant_id = $1 and i.cause = c.cause
    where k.is_mild and not c.is_mild and (i.status = 'open' or not i.is_standing)
),
own as (
    update insights.shown_to s set told_at = null from clearer c where s.tenant_id = $1 and s.insight_id = c.insight_id
)
update insights.insight i set told_at = null from clearer c where i.tenant_id = $1 and i.insight_id = c.insight_id
"""


class Candidate(NamedTuple):
    """A finding: when it was first found, and its score, impact and mildness when it ranked highest."""

    found_at: datetime
    cause: str
    rule: str
    score: float
    impact_pct: float
    is_mild: bool = False


class Standing(NamedTuple):
    """An insight that the last look found, or that somebody was shown and that ended within 30 days.

    `window_end` is a time as evidence writes it. `is_ongoing`, `is_mild` and `impact_pct` are as of when it was found
    last.
    """

    cause: str
    is_shown: bool
    starts_at: datetime
    window_end: str
    direction: str
    segment: dict[str, str]
    is_ongoing: bool = False
    is_mild: bool = False
    impact_pct: float = math.inf


class StandingLate(NamedTuple):
    """A source that was late at the last look, since when, and the metric by which this was noticed.

    `channel` is the platform, or None for all. `metrics` are those that are unknown since then.
    """

    cause: str
    metric: str
    channel: str | None
    since: datetime
    metrics: Sequence[str] = ()


class Shown(NamedTuple):
    """The announcements to a recipient with a setting of their own: their times, and the causes of recent insights."""

    told_at: Sequence[datetime] = ()
    causes: frozenset[str] = frozenset()


class PastFindings(NamedTuple):
    """The findings of half a year, when insights were announced, and since when series are judged (None: never)."""

    candidates: list[Candidate]
    told_at: list[datetime]
    standing: list[Standing]
    since: datetime | None
    recipients: Mapping[UUID, Shown] = {}


class DeclaredDays(NamedTuple):
    """Days that somebody has declared as special."""

    first_day: date
    last_day: date
    channel: str | None
    location_id: str | None


async def get_past_findings(connection: Connection, tenant_id: UUID) -> PastFindings:
    """Return everything from which alert thresholds are set."""
    found = await connection.fetch(
        "select found_at, cause, rule, score, impact_pct::float8, is_mild from insights.candidate"
        " where tenant_id = $1 and found_at > now() - interval '183 days' order by found_at",
        tenant_id,
    )
    announced = await connection.fetch(
        "select told_at from insights.insight where tenant_id = $1 and starts_with(cause, $2) and told_at is not null",
        tenant_id,
        _CAUSE_PREFIX,
    )
    standing = await connection.fetch(_STANDING, tenant_id, _CAUSE_PREFIX)
    recipients = await connection.fetch(
        "select s.account_id, array_remove(array_agg(s.told_at), null) as told_at,"
        " coalesce(array_agg(i.cause) filter (where s.is_shown"
        " and (i.is_standing or i.ends_at > now() - interval '30 days')), '{}') as causes"
        " from insights.shown_to s"
        " join insights.insight i on i.tenant_id = s.tenant_id and i.insight_id = s.insight_id"
        " where s.tenant_id = $1 and starts_with(i.cause, $2)"
        " and (i.is_standing or i.ends_at > now() - interval '30 days' or s.told_at > now() - interval '183 days')"
        " group by s.account_id",
        tenant_id,
        _CAUSE_PREFIX,
    )
    since = await connection.fetchval(
        "select since from insights.look where tenant_id = $1 and finder = $2", tenant_id, SERIES
    )
    return PastFindings(
        [Candidate(*row) for row in found],
        [row["told_at"] for row in announced],
        [Standing(*row.values())._replace(segment=_segment(row["segment"])) for row in standing],
        since,
        {row["account_id"]: Shown(row["told_at"], frozenset(row["causes"])) for row in recipients},
    )


async def get_standing_late(connection: Connection, tenant_id: UUID, rule: str) -> list[StandingLate]:
    """Return the sources that were late at the last look."""
    rows = await connection.fetch(
        "select cause, metric, channel, starts_at,"
        " array(select jsonb_array_elements_text(evidence -> 'metrics')) as metrics from insights.insight"
        " where tenant_id = $1 and rule = $2 and is_standing",
        tenant_id,
        rule,
    )
    return [StandingLate(*row) for row in rows]


async def keep_candidates(connection: Connection, tenant_id: UUID, candidates: Sequence[Candidate]) -> None:
    """Store new candidates, and update those that rank higher now. Candidates older than half a year are deleted.

    A mild change that was announced and has become clear counts as not announced.
    """
    await lock_tenant(connection, tenant_id)
    columns = [[getattr(candidate, name) for candidate in candidates] for name in Candidate._fields]
    await connection.execute(_CLEARER, tenant_id, columns[1], columns[-1])
    await connection.execute(_RANKS_HIGHER, tenant_id, *columns[1:])
    await connection.execute(
        "insert into insights.candidate (tenant_id, found_at, cause, rule, score, impact_pct, is_mild)"
        " select $1, c.found_at, c.cause, c.rule, c.score, c.impact_pct, c.is_mild"
        " from unnest($2::timestamptz[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::bool[])"
        " as c (found_at, cause, rule, score, impact_pct, is_mild)"
        " where not exists (select from insights.candidate k where k.tenant_id = $1 and k.cause = c.cause)"
        " on conflict do nothing",
        tenant_id,
        *columns,
    )
    await connection.execute(
        "delete from insights.candidate where tenant_id = $1 and found_at < now() - interval '183 days'", tenant_id
    )


def _segment(written: str | None) -> dict[str, str]:
    """Decode a segment of evidence; a campaign (`platform ref`) implies its platform, which evidence leaves out."""
    segment = msgspec.json.decode(written or "{}", type=dict[str, str])
    return {"platform": segment["campaign"].split(" ", 1)[0], **segment} if "campaign" in segment else segment


async def get_declared_days(connection: Connection, tenant_id: UUID, since: date) -> list[DeclaredDays]:
    """Return the declared events that end on this day or later."""
    rows = await connection.fetch(
        "select first_day, last_day, channel, location_id from insights.declared_event"
        " where tenant_id = $1 and last_day >= $2",
        tenant_id,
        since,
    )
    return [DeclaredDays(*row) for row in rows]
