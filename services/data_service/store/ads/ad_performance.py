"""What campaigns had on their days, by platform: as it is said now, and as it was said before."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb

# Why a file's row is refused: what a connected source says of a day is newer by itself, and both would count twice.
TOLD_BY_A_SOURCE: Final = "a connected source tells of this campaign's day; its numbers stand"


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

    `refused` are places in the given rows, from 0: a file's rows of days that a connected source tells of.
    """

    new: int
    restated: int
    unchanged: int
    refused: tuple[int, ...] = ()


async def record_ad_performance(
    connection: Connection, tenant_id: UUID, rows: Sequence[AdDay], source_id: UUID | None
) -> RecordedAds:
    """Write what a source, or with None a file, says of campaigns' days; see data.record_ad_performance.

    Within the caller's transaction, until whose end no other writes ads of the tenant.
    """
    if not rows:
        return RecordedAds(0, 0, 0)
    *columns, extras = map(list, zip(*rows, strict=True))
    recorded = await connection.fetchrow(
        "select * from data.record_ad_performance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tenant_id,
        source_id,
        *columns,
        [None if extra is None else to_jsonb(extra) for extra in extras],
    )
    new, restated, unchanged, refused = recorded or (0, 0, 0, [])
    return RecordedAds(new, restated, unchanged, tuple(place - 1 for place in refused))
