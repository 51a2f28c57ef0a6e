"""Sum the rows of a campaign-performance file to one row for each campaign and day.

Most exports are broken down by ad set, ad, device or placement, with several rows for the same campaign and day. Such
rows are summed. A row that equals an earlier one in every cell is skipped as a repetition, as in files joined from
overlapping exports.

If any row of a campaign's day is rejected, the whole day is refused. Otherwise the remaining rows would pass for the
complete day, and the corrected row, once imported, would replace them.
"""

import sys
from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from itertools import product
from typing import Final

import msgspec

from services.data_service.domain.ads.ad_account import canonical_account
from services.data_service.domain.csv_files.read_row import Row
from services.data_service.domain.files.read_chunk import rejected_line
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import MAX_NUMBER
from services.data_service.store.ads.ad_row import AdRow, FileLine

MAX_CAMPAIGN_DAYS: Final = 200_000
# The cells of all rows and the additional columns of each campaign's day; about 400,000 ordinary rows.
MAX_HELD_BYTES: Final = 128_000_000
# The fixed overhead of a row, however short it is.
_BYTES_OF_A_ROW: Final = 100
_DIGEST_BYTES: Final = 8
_SUMMED: Final = ("impressions", "clicks", "spend", "conversions", "revenue")
_ACCOUNT_AT: Final = 7
_Key = tuple[str, str, str, str]


class TooManyCampaignDays(Exception):
    """The file has more campaign days or rows than can be summed at once."""

    def __init__(self) -> None:
        super().__init__(
            f"the file has more than {MAX_CAMPAIGN_DAYS:,} days of campaigns, or more rows than are summed at once:"
            " split it by month"
        )


class AdDays:
    """Sums rows as they are read.

    The line of each row, cut to a bounded length, is held until the end of the file, in case its day is refused.
    """

    def __init__(self) -> None:
        self._sums: dict[_Key, AdRow] = {}
        self._has_account: dict[tuple[str, str, str], bool] = {}
        self._seen: set[bytes] = set()
        # The keys of rejected lines, with None for parts that may be anything, and the first line of each key.
        self._rejected: dict[tuple[str | None, ...], int] = {}
        self._held_bytes = 0

    def add(self, line: int, row: Row, cells: Sequence[str]) -> bool:
        """Add the row of a line; return False if an earlier row was equal in every cell.

        Raises:
            Rejected: the row contradicts earlier rows of its campaign and day, or a sum goes out of range.
            TooManyCampaignDays: the file has to be split.
        """
        joined_cells = "\0".join(cells)
        digest = blake2b(joined_cells.encode(), digest_size=_DIGEST_BYTES).digest()
        if digest in self._seen:
            return False
        part = _ad_row(row, _bounded_line(line, cells))
        key = (part.day, part.platform, part.account_id, part.campaign_id.lower())
        self._check_account(key)
        total = self._sums.get(key)
        new_total = part if total is None else _sum(total, part)
        self._reserve(part, is_new=total is None)
        self._sums[key] = new_total
        self._seen.add(digest)
        return True

    def refuse_day_of(self, line: int, values: Sequence[str | None]) -> bool:
        """Refuse the campaign day of a rejected line; return False if its `values` do not identify any.

        If its day cannot be read, all days of its campaign are refused; if its campaign cannot be read, all campaigns
        of its day. A line whose campaign is empty refuses nothing. `values` are as in `RowReader.readable`.

        Raises:
            TooManyCampaignDays: the file has to be split.
        """
        if not values:
            return False
        day, platform, campaign, name, *_ = values
        account = canonical_account(values[_ACCOUNT_AT] or "")
        if not (day or campaign) or campaign == name == "":
            return False
        # Rows without an account may belong to any of the named accounts, and the other way round.
        for possible_account in {account, ""} if account else {None}:
            patterns = (day or None, platform or None, possible_account, (campaign or "").lower() or None)
            if self._rejected.setdefault(patterns, line) == line:
                self._count_bytes(2 * _BYTES_OF_A_ROW + sys.getsizeof(campaign))
        return True

    def rows(self) -> list[AdRow]:
        """Return the sums, latest day first.

        The order is always the same, so that an interrupted import can be resumed. With the latest day first, each
        campaign is written once per file with its latest name, which earlier days do not change.
        """
        return [self._with_refusal(key) for key in sorted(self._sums, reverse=True)]

    def _with_refusal(self, key: _Key) -> AdRow:
        patterns = product(*((part, None) for part in key)) if self._rejected else ()
        lines = [line for pattern in patterns if (line := self._rejected.get(pattern))]
        if not lines:
            return self._sums[key]
        refusal = f"line {min(lines)} of its campaign's day is rejected: the day goes in whole, once that is corrected"
        return msgspec.structs.replace(self._sums[key], refusal=refusal)

    def _check_account(self, key: _Key) -> None:
        """Reject a mix of rows with and without an account.

        A row without an account may already be the total of the accounts, so it can be neither summed nor stored
        beside them.
        """
        day, platform, account, campaign = key
        names_account = bool(account)
        if self._has_account.setdefault((day, platform, campaign), names_account) != names_account:
            what = "an account" if names_account else "no account"
            reason = f"it names {what}, unlike earlier rows of its campaign and day"
            raise Rejected(reason, "account_id")

    def _reserve(self, part: AdRow, *, is_new: bool) -> None:
        if is_new and len(self._sums) >= MAX_CAMPAIGN_DAYS:
            raise TooManyCampaignDays
        # getsizeof, because one non-Latin character makes Python store a whole text with two or four bytes a character.
        extra_bytes = sum(sys.getsizeof(value) for value in part.extra.values()) if is_new else 0
        self._count_bytes(sys.getsizeof(part.lines[0].cells) + _BYTES_OF_A_ROW + extra_bytes)

    def _count_bytes(self, size: int) -> None:
        self._held_bytes += size
        if self._held_bytes > MAX_HELD_BYTES:
            raise TooManyCampaignDays


def _bounded_line(line: int, cells: Sequence[str]) -> FileLine:
    """Bound a line as rejects are bounded; the note is what `rejected_line` adds to a reason about dropped cells."""
    bounded = rejected_line(line, "", cells)
    return FileLine(line, "\0".join(bounded.original), bounded.reason)


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
    # Appended in place: a day may have a hundred thousand rows, and copying the list for each would be quadratic.
    total.lines.append(part.lines[0])
    extra = {name: value for name, value in total.extra.items() if part.extra.get(name) == value}
    return msgspec.structs.replace(total, campaign_name=part.campaign_name, extra=extra, **sums)
