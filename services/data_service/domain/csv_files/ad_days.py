"""The rows of a campaign-performance file, summed to one for each campaign and day.

Exports are broken down more often than not: by ad set, ad, device or placement, each with a row of its own for the
same campaign and day. Such rows are parts, and are summed. A row that is the same as an earlier one in every cell is
that row again, as in files that were put together from overlapping exports, and is refused.
"""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Final

import msgspec

from services.data_service.domain.csv_files.read_row import Row
from services.data_service.domain.rejection import Rejected
from services.data_service.store.ad_row import AdRow

MAX_CAMPAIGN_DAYS: Final = 200_000
_DIGEST_BYTES: Final = 8
_Key = tuple[str, str, str, str]


class TooManyCampaignDays(Exception):
    """The file has more campaigns and days than are summed at once."""

    def __init__(self) -> None:
        super().__init__(f"the file has more than {MAX_CAMPAIGN_DAYS:,} days of campaigns: split it by month")


class AdDays:
    """Sums rows as they come; what it holds grows with campaigns and days, not with rows."""

    def __init__(self) -> None:
        self._sums: dict[_Key, AdRow] = {}
        self._seen: dict[_Key, bytes] = {}

    def add(self, line: int, row: Row, cells: Sequence[str]) -> None:
        """Add the row of a line.

        Raises:
            Rejected: the same row was there before, or its currency is another than its campaign's day has.
            TooManyCampaignDays: the file has to be split.
        """
        part = _ad_row(line, row, "\x1f".join(cells))
        key = (part.day, part.platform, part.account_id, part.campaign_id)
        digest = blake2b(part.cells.encode(), digest_size=_DIGEST_BYTES).digest()
        seen = self._seen.get(key, b"")
        if any(seen.startswith(digest, at) for at in range(0, len(seen), _DIGEST_BYTES)):
            raise Rejected("the same row, in every cell, was there before")
        total = self._sums.get(key)
        if total is not None and total.currency != part.currency:
            reason = f"its currency is {part.currency or 'none'}, that of an earlier row {total.currency or 'none'}"
            raise Rejected(reason, "currency")
        if total is None and len(self._sums) >= MAX_CAMPAIGN_DAYS:
            raise TooManyCampaignDays
        self._sums[key] = part if total is None else _sum(total, part)
        self._seen[key] = seen + digest

    def rows(self) -> list[AdRow]:
        """The sums by day and key, always in the same order, so that a reading can be taken up again."""
        keys = sorted(self._sums)
        latest = {key[1:]: self._sums[key].campaign_name for key in keys}
        return [msgspec.structs.replace(self._sums[key], latest_name=latest[key[1:]]) for key in keys]


def _ad_row(line: int, row: Row, cells: str) -> AdRow:
    day, platform, campaign, name, impressions, clicks, spend, account, conversions, revenue, currency = row.values
    return AdRow(
        day,
        platform,
        campaign,
        name,
        int(impressions),
        int(clicks),
        Decimal(spend),
        account,
        Decimal(conversions),
        Decimal(revenue),
        currency,
        row.attributes,
        name,
        line,
        cells,
    )


def _sum(total: AdRow, part: AdRow) -> AdRow:
    return msgspec.structs.replace(
        total,
        campaign_name=part.campaign_name,
        impressions=total.impressions + part.impressions,
        clicks=total.clicks + part.clicks,
        spend=total.spend + part.spend,
        conversions=total.conversions + part.conversions,
        revenue=total.revenue + part.revenue,
        extra={name: value for name, value in total.extra.items() if part.extra.get(name) == value},
    )
