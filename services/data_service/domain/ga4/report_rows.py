"""Rows of a day's reports, by the names of their columns."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import MAX_NUMBER

# GA4's name of the row that merges the rows beyond its cardinality limit: support.google.com/analytics/answer/13331684
OTHER_ROW: Final = "(other)"


class ReportRows(NamedTuple):
    """The rows of a whole report, with our names of their columns."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def by_column(self) -> Iterator[dict[str, str]]:
        """The rows as mappings by column."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)


@lru_cache(maxsize=4096)
def minute_of(text: str, zone: ZoneInfo) -> int:
    """`dateHourMinute` in µs since 1970; an hour repeated by the clocks counts as the first of both.

    Raises:
        Rejected: not a minute, or "(other)".
    """
    try:
        local = datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=zone)
    except ValueError:
        reason = f"dateHourMinute is not a minute: {text[:20]!r}"
        raise Rejected(reason, "dateHourMinute") from None
    return int(local.timestamp()) * 1_000_000


def number_in(text: str, name: str) -> Decimal:
    """A metric's value.

    Raises:
        Rejected: not a number.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        reason = f"{name} is not a number: {text[:40]!r}"
        raise Rejected(reason, name)
    return number


def event_number(text: str, name: str) -> Decimal:
    """A metric of events, bounded as on other roads, because any visitor can send any value to Google.

    Raises:
        Rejected: not a number, or 10^15 or more.
    """
    number = number_in(text, name)
    if not is_in_range(number):
        reason = f"{name} is out of range"
        raise Rejected(reason, name)
    return number


def is_in_range(number: Decimal) -> bool:
    """Whether a number is below 10^15, in either direction."""
    return abs(number) < MAX_NUMBER
