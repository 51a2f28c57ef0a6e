"""Daily figures of campaigns, by platform: as reported now, and as reported before."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.data_service.store.events.marketing_batches import announce_marketing

# A file's row is refused for days of a connected source: the source keeps them up to date, and both would count twice.
TOLD_BY_A_SOURCE: Final = "a connected source tells of this campaign's day; its numbers stand"

# A row without an account is refused if several accounts match: it could replace the wrong account's days.
OF_SEVERAL_ACCOUNTS: Final = (
    "several ad accounts have this campaign: say which one the file is of (mapping, account_id, value)"
)


class AdDay(NamedTuple):
    """One campaign's day, in days of the ad account's own zone; `currency` None is the tenant's.

    `account_id` is '' if a file names none; a file without campaign ids uses the name as the id. `conversions` and
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
    """How many rows were new, changed (`restated`) or the same.

    `replaced` of the restated rows took the place of rows of the same campaign under other ids or names. `refused` are
    indexes into the given rows: of days that a connected source reports, or that an earlier connected one of several
    sources reports.
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
    """Store the daily figures that a source (None: a file) reports, and publish the days that changed.

    See data.record_ad_performance. Blocks other writers of the tenant's ads until the caller's transaction ends.
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
    """Indexes of a file's rows that name no account while several accounts have such a campaign.

    Blocks other writers of the tenant's ads until the caller's transaction ends.
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
