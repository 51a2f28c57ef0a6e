"""What campaigns had on their days, by platform: as it is said now, and as it was said before."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.data_service.store.events.marketing_batches import announce_marketing

# Why a file's row is refused: what a connected source says of a day is newer by itself, and both would count twice.
TOLD_BY_A_SOURCE: Final = "a connected source tells of this campaign's day; its numbers stand"

# Why it is refused where it names no account: it may be any of theirs, and would take the others' days.
OF_SEVERAL_ACCOUNTS: Final = (
    "several ad accounts have this campaign: say which one the file is of (mapping, account_id, value)"
)


class AdDay(NamedTuple):
    """One campaign's day, in days of the ad account's own zone; `currency` None is the tenant's.

    `account_id` is '' where a file names none; a file without campaign ids puts the name there too. `conversions` and
    `revenue` are the platform's own claims.
    """

    platform: str
    account_id: str
    campaign_id: str
    day: date
    campaign_name: str
    impressions: int
    clicks: int
    spend: Decimal
    conversions: Decimal
    revenue: Decimal
    currency: str | None
    extra: dict[str, Any] | None


class RecordedAds(NamedTuple):
    """How many rows were new, said something else than before, or the same.

    `replaced` of the restated took the place of rows that tell of the same campaign by other ids or names.
    `refused` are places in the given rows, from 0: of days that a connected source tells of, or of several sources the
    one that was connected first.
    """

    new: int
    restated: int
    unchanged: int
    refused: tuple[int, ...] = ()
    replaced: int = 0


async def record_ad_performance(
    connection: Connection,
    tenant_id: UUID,
    rows: Sequence[AdDay],
    source_id: UUID | None,
    job_id: UUID | None = None,
) -> RecordedAds:
    """Write what a source, or with None a file, says of campaigns' days, and tell of the days that say something else.

    See data.record_ad_performance. Within the caller's transaction, until whose end no other writes ads of the tenant.
    """
    if not rows:
        return RecordedAds(0, 0, 0)
    *columns, extras = map(list, zip(*rows, strict=True))
    recorded: Any = await connection.fetchrow(
        "select * from data.record_ad_performance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tenant_id,
        source_id,
        *columns,
        [None if extra is None else to_jsonb(extra) for extra in extras],
    )
    new, restated, unchanged, refused, replaced, days = recorded
    await announce_marketing(connection, tenant_id, job_id, new + restated, ad_days=days)
    return RecordedAds(new, restated, unchanged, tuple(place - 1 for place in refused), replaced)


async def of_several_accounts(connection: Connection, tenant_id: UUID, rows: Sequence[AdDay]) -> set[int]:
    """Places, from 0, of a file's rows that name no account while several have such a campaign.

    From here on no other writer of the tenant's ads changes that until the caller's transaction ends.
    """
    asked = [(place, row) for place, row in enumerate(rows) if not row.account_id]
    if not asked:
        return set()
    found = await connection.fetchval(
        "select data.ads_of_several_accounts($1, $2, $3, $4)",
        tenant_id,
        [row.platform for _, row in asked],
        [row.campaign_id for _, row in asked],
        [row.campaign_name for _, row in asked],
    )
    return {asked[place - 1][0] for place in found or ()}
