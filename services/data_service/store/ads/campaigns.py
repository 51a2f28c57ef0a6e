"""Campaigns: those of the platforms, kept in step with them, and those that members create."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.pagination import PageParams
from services.data_service.store.events.marketing_batches import announce_marketing

# A paused source reads nothing, so members may change its campaigns.
_CAMPAIGN = """
    select
        c.campaign_id, c.name, c.platform, c.status, c.budget, c.start_date, c.end_date, c.user_id, c.team_id,
        c.settings, c.platform_settings, c.account_id, c.external_id, s.source_id, s.kind as source_kind,
        coalesce(s.status <> 'paused', false) as is_kept_in_step, c.created_at, c.updated_at
    from data.campaign c
    left join data.source s on s.tenant_id = c.tenant_id and s.source_id = c.source_id
    where c.tenant_id = $1
"""
_GIVEN = ("name", "platform", "status", "budget", "start_date", "end_date", "user_id", "team_id")
_MATCHING = """
    ($2::text is null or c.platform = $2) and ($3::text is null or c.status = $3)
    and ($4::uuid is null or c.team_id = $4) and ($5::text is null or strpos(lower(c.name), lower($5)) > 0)
"""


class PlatformCampaign(NamedTuple):
    """A campaign as its platform or a file reports it; `status` is active, paused or completed.

    `account_id` and `external_id` are those of its AdDays. `budget` is in `settings["currency"]` if that is given,
    otherwise in the tenant's currency. `named_on` is the day on which a file gives the name.
    """

    platform: str
    account_id: str
    external_id: str
    name: str
    status: str
    budget: Decimal | None
    start_date: date | None
    end_date: date | None
    settings: dict[str, Any]
    named_on: date | None = None


class KeptInStep(NamedTuple):
    """How many campaigns are new, and how many changed."""

    new: int
    changed: int


async def keep_in_step(
    connection: Connection,
    tenant_id: UUID,
    rows: Sequence[PlatformCampaign],
    source_id: UUID | None,
    job_id: UUID | None = None,
) -> KeptInStep:
    """Update campaigns from their source, or create those that a file (None) names, and publish changed names.

    What members set themselves (assignee, team, own settings) stays; see data.keep_campaigns_in_step.
    """
    if not rows:
        return KeptInStep(0, 0)
    *columns, settings, named_on = map(list, zip(*rows, strict=True))
    kept: Any = await connection.fetchrow(
        "select * from data.keep_campaigns_in_step($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tenant_id,
        source_id,
        *columns,
        [to_jsonb(one) for one in settings],
        named_on,
    )
    new, changed, renamed = kept
    await announce_marketing(connection, tenant_id, job_id, new + renamed, campaigns=new + renamed > 0)
    return KeptInStep(new, changed)


class Campaign(NamedTuple):
    """A row of data.campaign.

    `settings` are the members' own, `platform_settings` the platform's. `source_id` is the source that reports it, None
    if there is none (any more); `is_kept_in_step` says whether that source updates it now.
    """

    campaign_id: UUID
    name: str
    platform: str
    status: str
    budget: Decimal | None
    start_date: date | None
    end_date: date | None
    user_id: UUID | None
    team_id: UUID | None
    settings: dict[str, Any]
    platform_settings: dict[str, Any]
    account_id: str
    external_id: str | None
    source_id: UUID | None
    source_kind: str | None
    is_kept_in_step: bool
    created_at: datetime
    updated_at: datetime


class CampaignFilter(NamedTuple):
    """Which campaigns to list; None matches any. `query` is a part of the name, ignoring case."""

    platform: str | None = None
    status: str | None = None
    team_id: UUID | None = None
    query: str | None = None


async def list_campaigns(
    connection: Connection, tenant_id: UUID, wanted: CampaignFilter, page: PageParams
) -> tuple[list[Campaign], int]:
    """A page of the campaigns, newest first, and the total number."""
    total = await connection.fetchval(
        f"select count(*) from data.campaign c where c.tenant_id = $1 and {_MATCHING}",  # noqa: S608 -- own text
        tenant_id,
        *wanted,
    )
    rows = await connection.fetch(
        f"{_CAMPAIGN} and {_MATCHING} order by c.created_at desc, c.campaign_id limit $6 offset $7",
        tenant_id,
        *wanted,
        page.limit,
        page.offset,
    )
    return [_campaign_of(row) for row in rows], int(total or 0)


async def get_campaign(
    connection: Connection, tenant_id: UUID, campaign_id: UUID, *, lock: bool = False
) -> Campaign | None:
    """One campaign of the tenant; `lock` locks its row until the transaction ends."""
    row = await connection.fetchrow(
        f"{_CAMPAIGN} and c.campaign_id = $2{' for update of c' if lock else ''}", tenant_id, campaign_id
    )
    return None if row is None else _campaign_of(row)


async def add_campaign(connection: Connection, tenant_id: UUID, given: dict[str, Any]) -> UUID:
    """Insert a campaign created by a member (fields of NewCampaign) and publish it; returns its id."""
    campaign_id: UUID | None = await connection.fetchval(
        "insert into data.campaign"
        " (tenant_id, name, platform, status, budget, start_date, end_date, user_id, team_id, settings)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning campaign_id",
        tenant_id,
        *(given[name] for name in _GIVEN),
        to_jsonb(given["settings"]),
    )
    assert campaign_id is not None  # noqa: S101 -- the statement returns the row it makes
    await announce_marketing(connection, tenant_id, None, 1, campaigns=True)
    return campaign_id


async def change_campaign(connection: Connection, tenant_id: UUID, before: Campaign, campaign: Campaign) -> None:
    """Store what members may set of a campaign, and publish a changed name or platform."""
    await connection.execute(
        "update data.campaign set name = $3, platform = $4, status = $5, budget = $6, start_date = $7, end_date = $8,"
        " user_id = $9, team_id = $10, settings = $11, updated_at = now() where tenant_id = $1 and campaign_id = $2",
        tenant_id,
        campaign.campaign_id,
        *(getattr(campaign, name) for name in _GIVEN),
        to_jsonb(campaign.settings),
    )
    if (campaign.platform, campaign.name) != (before.platform, before.name):
        await announce_marketing(connection, tenant_id, None, 1, campaigns=True)


async def remove_campaign(connection: Connection, tenant_id: UUID, campaign_id: UUID) -> None:
    """Delete a campaign and publish it; its platform's daily figures stay."""
    await connection.execute(
        "delete from data.campaign where tenant_id = $1 and campaign_id = $2", tenant_id, campaign_id
    )
    await announce_marketing(connection, tenant_id, None, 1, campaigns=True)


def _campaign_of(row: Any) -> Campaign:
    return Campaign(*row)._replace(
        settings=from_jsonb(row["settings"]), platform_settings=from_jsonb(row["platform_settings"])
    )
