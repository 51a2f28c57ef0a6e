"""The rows of a campaign-performance file, summed to one for each campaign and day.

Exports are broken down more often than not: by ad set, ad, device or placement, each with a row of its own for the
same campaign and day. Such rows are parts, and are summed. A row that is the same as an earlier one in every cell is
that row again, as in files that were put together from overlapping exports, and is passed over.

A day of which a part is rejected is refused whole: the rest of it would stand as if it were the day, and the part,
corrected and imported, would take its place.
"""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Final

import msgspec

from services.data_service.domain.ads.ad_account import canonical_account
from services.data_service.domain.csv_files.read_row import Row
from services.data_service.domain.files.read_chunk import rejected_line
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import MAX_NUMBER
from services.data_service.store.ads.ad_row import AdRow, FileLine

MAX_CAMPAIGN_DAYS: Final = 200_000
# What the rows are, and the further columns of each campaign's day; some 400,000 ordinary rows.
MAX_HELD_CHARACTERS: Final = 128_000_000
# A row takes this much besides, however short it is.
_CHARACTERS_OF_A_ROW: Final = 150
_DIGEST_BYTES: Final = 8
_SUMMED: Final = ("impressions", "clicks", "spend", "conversions", "revenue")
_Key = tuple[str, str, str, str]


class TooManyCampaignDays(Exception):
    """The file has more campaigns, days and rows than are summed at once."""

    def __init__(self) -> None:
        super().__init__(
            f"the file has more than {MAX_CAMPAIGN_DAYS:,} days of campaigns, or more rows than are summed at once:"
            " split it by month"
        )


class AdDays:
    """Sums rows as they come. Of each row its line is held until the file's end, cut, in case its day is refused."""

    def __init__(self) -> None:
        self._sums: dict[_Key, AdRow] = {}
        self._names_account: dict[tuple[str, str, str], bool] = {}
        self._seen: set[bytes] = set()
        # Days and campaigns' ids of rejected lines, '' where one cannot be read, and the first of those lines.
        self._rejected: dict[tuple[str, str], int] = {}
        self._held = 0

    def add(self, line: int, row: Row, cells: Sequence[str]) -> bool:
        """Add the row of a line; False where the same one, in every cell, was there before.

        Raises:
            Rejected: it does not go together with its campaign's day so far.
            TooManyCampaignDays: the file has to be split.
        """
        whole = "\x1f".join(cells)
        digest = blake2b(whole.encode(), digest_size=_DIGEST_BYTES).digest()
        if digest in self._seen:
            return False
        part = _ad_row(row, _kept_line(line, cells))
        key = (part.day, part.platform, part.account_id, part.campaign_id.lower())
        self._check_account(key)
        total = self._sums.get(key)
        become = part if total is None else _sum(total, part)
        self._hold(part, is_new=total is None)
        self._sums[key] = become
        self._seen.add(digest)
        return True

    def refuse_day_of(self, line: int, values: Sequence[str]) -> bool:
        """Refuse the day that a rejected line is of, by what of its `values` can be read; False where that is nothing.

        Without its day it is all days of its campaign, without its campaign all campaigns of its day.

        Raises:
            TooManyCampaignDays: the file has to be split.
        """
        day, _, campaign, *_ = values or ("", "", "")
        if not day and not campaign:
            return False
        if self._rejected.setdefault((day, campaign.lower()), line) == line:
            self._count(2 * _CHARACTERS_OF_A_ROW + len(campaign))
        return True

    def rows(self) -> list[AdRow]:
        """The sums, the latest day first, always in the same order, so that a reading can be taken up again.

        (Campaigns are written once a file then: with their latest names, which no earlier day changes.)
        """
        return [self._judged(key) for key in sorted(self._sums, reverse=True)]

    def _judged(self, key: _Key) -> AdRow:
        day, _, _, campaign = key
        lines = [line for known in ((day, campaign), (day, ""), ("", campaign)) if (line := self._rejected.get(known))]
        if not lines:
            return self._sums[key]
        refusal = f"line {min(lines)} of its campaign's day is rejected: the day goes in whole, once that is corrected"
        return msgspec.structs.replace(self._sums[key], refusal=refusal)

    def _check_account(self, key: _Key) -> None:
        """Rows that name no account may be the whole of those that do: neither summed with them nor put beside them."""
        day, platform, account, campaign = key
        names_account = bool(account)
        if self._names_account.setdefault((day, platform, campaign), names_account) != names_account:
            what = "an account" if names_account else "no account"
            reason = f"it names {what}, unlike earlier rows of its campaign and day"
            raise Rejected(reason, "account_id")

    def _hold(self, part: AdRow, *, is_new: bool) -> None:
        if is_new and len(self._sums) >= MAX_CAMPAIGN_DAYS:
            raise TooManyCampaignDays
        further = sum(len(name) + len(value) for name, value in part.extra.items()) if is_new else 0
        self._count(len(part.lines[0].cells) + _CHARACTERS_OF_A_ROW + further)

    def _count(self, characters: int) -> None:
        self._held += characters
        if self._held > MAX_HELD_CHARACTERS:
            raise TooManyCampaignDays


def _kept_line(line: int, cells: Sequence[str]) -> FileLine:
    """A line as bounded as rejects are; the note is what they add to their reason."""
    kept = rejected_line(line, "", cells)
    return FileLine(line, "\x1f".join(kept.original), kept.reason)


def _ad_row(row: Row, line: FileLine) -> AdRow:
    day, platform, campaign, name, impressions, clicks, spend, account, conversions, revenue, currency = row.values
    return AdRow(
        day,
        platform,
        campaign,
        name,
        int(impressions),
        int(clicks),
        Decimal(spend),
        canonical_account(account),
        Decimal(conversions),
        Decimal(revenue),
        currency,
        row.attributes,
        [line],
    )


def _sum(total: AdRow, part: AdRow) -> AdRow:
    if total.currency != part.currency:
        reason = f"its currency is {part.currency or 'none'}, that of an earlier row {total.currency or 'none'}"
        raise Rejected(reason, "currency")
    sums = {name: getattr(total, name) + getattr(part, name) for name in _SUMMED}
    for name, value in sums.items():
        if abs(value) >= MAX_NUMBER:
            reason = f"{name} of its campaign and day would be beyond 10¹⁵"
            raise Rejected(reason, name)
    # (not a copy for each row: a day may have a hundred thousand)
    total.lines.append(part.lines[0])
    extra = {name: value for name, value in total.extra.items() if part.extra.get(name) == value}
    return msgspec.structs.replace(total, campaign_name=part.campaign_name, extra=extra, **sums)
