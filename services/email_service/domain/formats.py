"""Format money, days and times as the readers of one tenant write them.

The sentences are English, so the names of weekdays and months are English too. Their order, the clock, numbers and
money follow the tenant's country.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal, get_currency_precision

from common.rounding import rounded

NARROW_SPACE = "\u202f"
HARD_SPACE = "\u00a0"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOON = 12
MINUTES_UNTIL_HOURS = 60
HOURS_UNTIL_DAYS = 48
_LAST_DIGIT = re.compile(r"\d(?=\D*$)")
_YEAR = re.compile(r"[\s,]*y+")
_COMPACT_FROM = Decimal(100_000)
# Amounts in currencies without cents have about two digits more for the same value.
_COMPACT_FROM_WITHOUT_CENTS = Decimal(10_000_000)


@lru_cache(maxsize=512)
def _locales(country: str | None) -> tuple[Locale, Locale]:
    """Return the locale for words and that for numbers, by country (ISO 3166; the United States if it is unknown)."""
    country = (country or "US").upper()
    try:
        numbers = Locale.parse(f"und_{country}", resolve_likely_subtags=True)
    except (UnknownLocaleError, ValueError):
        return Locale("en", "US"), Locale("en", "US")
    try:
        words = Locale("en", country)
    except UnknownLocaleError:
        words = Locale("en", "001")
    # Numbers of right-to-left locales contain directional marks, which would disorder an English sentence.
    return words, numbers if numbers.text_direction == "ltr" else words


@dataclass(frozen=True, slots=True)
class Formats:
    """How one tenant's readers write money, days and times."""

    country: str | None
    currency: str
    time_zone: str

    def local(self, instant: datetime) -> datetime:
        """Convert an instant to the tenant's time zone."""
        return instant.astimezone(ZoneInfo(self.time_zone))

    def money(self, value: Decimal, currency: str | None = None) -> str:
        """Format money in full, with the decimals of its currency: `$1,234.50`."""
        return _money(self.country, currency or self.currency, value)

    def money_total(self, value: Decimal, currency: str | None = None) -> str:
        """Format money as `money` does, but from 100,000 on (10 million without cents) as `$124K` or `$1.24M`."""
        code = currency or self.currency
        has_cents = get_currency_precision(code) > 0
        if abs(value) < (_COMPACT_FROM if has_cents else _COMPACT_FROM_WITHOUT_CENTS):
            return self.money(value, code)
        locale = _locales(self.country)[1]
        short, suffix = _shortened(value)
        pattern = re.sub(r"0[.,]0+", "0.##", str(locale.currency_formats["standard"].pattern))
        text = format_currency(short, code, pattern, locale=locale, currency_digits=False)
        return _without_narrow_spaces(_LAST_DIGIT.sub(lambda digit: digit.group() + suffix, text, count=1))

    def quantity(self, value: Decimal) -> str:
        """Format a quantity without trailing zeros: `6`, `2.5`."""
        return _number(self.country, value.normalize() + 0, "#,##0.###")

    def number(self, value: Decimal) -> str:
        """Format a number with at most one decimal: `3.2`, `12`."""
        return _number(self.country, rounded(value, 1), "#,##0.#")

    def full_day(self, day: date) -> str:
        """Format a day as `Monday, April 29, 2024`."""
        return format_date(day, "full", locale=_locales(self.country)[0])

    def weekday_day(self, day: date) -> str:
        """Format a day as `Mon, Apr 29`."""
        return format_skeleton("MMMEd", _noon(day), tzinfo=UTC, locale=_locales(self.country)[0])

    def named_day(self, day: date) -> str:
        """Format a day as `Wednesday, May 1`."""
        words = _locales(self.country)[0]
        return format_date(day, _YEAR.sub("", str(words.date_formats["full"].pattern)), locale=words)

    def short_day(self, day: date) -> str:
        """Format a day as `Apr 29`."""
        return _short_day(self.country, day)

    def days(self, days: list[date]) -> str:
        """List days, naming a month again only when it changes: `Apr 26 and 29`, `Apr 30, May 1 and 2`."""
        words = _locales(self.country)[0]
        month_first = self.short_day(date(2024, 4, 29)).startswith("Apr")
        parts: list[str] = []
        for at, day in enumerate(days):
            neighbour = days[at - 1] if month_first else days[min(at + 1, len(days) - 1)]
            has_neighbour = (at > 0) if month_first else (at + 1 < len(days))
            same_month = has_neighbour and (neighbour.year, neighbour.month) == (day.year, day.month)
            parts.append(format_date(day, "d", locale=words) if same_month else self.short_day(day))
        return listed(parts)

    def clock(self, instant: datetime) -> str:
        """Format a time of day as `4:55 PM` or `16:55`, as is usual in the country."""
        local = self.local(instant)
        if not _has_twelve_hours(self.country):
            return f"{local.hour:02}:{local.minute:02}"
        half = "AM" if local.hour < NOON else "PM"
        return f"{local.hour % NOON or NOON}:{local.minute:02}{HARD_SPACE}{half}"

    def weekday_clock(self, instant: datetime) -> str:
        """Format an instant as `Mon 10:23 AM`."""
        return f"{WEEKDAYS[self.local(instant).weekday()]} {self.clock(instant)}"

    def elapsed(self, since: datetime, until: datetime) -> str:
        """Format the time between instants: `45 min ago`, from an hour on `21 h ago`, from 48 hours on `3 days ago`."""
        passed = max(until - since, timedelta(0))
        minutes = int(passed.total_seconds() // 60)
        if minutes < MINUTES_UNTIL_HOURS:
            return f"{minutes}{HARD_SPACE}min ago"
        hours = minutes // 60
        if hours < HOURS_UNTIL_DAYS:
            return f"{hours}{HARD_SPACE}h ago"
        return f"{hours // 24}{HARD_SPACE}days ago"

    def zone_name(self, instant: datetime) -> str:
        """Return the name of the time zone, such as `Central Time`; its id if it has no name (`UTC`)."""
        return _zone_name(self.time_zone, instant.date())


# Formatting with Babel is slow, and the same figures and days occur for many customers and branches.
@lru_cache(maxsize=16_384)
def _money(country: str | None, code: str, value: Decimal) -> str:
    amount = rounded(value, get_currency_precision(code))
    return _without_narrow_spaces(format_currency(amount, code, locale=_locales(country)[1]))


@lru_cache(maxsize=4096)
def _number(country: str | None, value: Decimal, pattern: str) -> str:
    return _without_narrow_spaces(format_decimal(value, pattern, locale=_locales(country)[1]))


@lru_cache(maxsize=4096)
def _short_day(country: str | None, day: date) -> str:
    return format_skeleton("MMMd", _noon(day), tzinfo=UTC, locale=_locales(country)[0])


@lru_cache(maxsize=512)
def _has_twelve_hours(country: str | None) -> bool:
    return "a" in str(_locales(country)[1].time_formats["short"].pattern)


@lru_cache(maxsize=1024)
def _zone_name(time_zone: str, day: date) -> str:
    local = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(time_zone))
    name = format_datetime(local, "vvvv", locale=_locales(None)[0])
    return time_zone if name.startswith("Unknown") else name


def listed(parts: list[str]) -> str:
    """Join parts into a list: `a`, `a and b`, `a, b and c`."""
    *before, last = parts or [""]
    return f"{', '.join(before)} and {last}" if before else last


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 order`, `3 orders`. `many` is the plural if it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _shortened(value: Decimal) -> tuple[Decimal, str]:
    """Round to three significant digits and return the suffix `K`, `M` or `B`; 999,900 becomes 1M, not 1000K."""
    digits = value.adjusted()
    near = rounded(value, 2 - digits)
    exponent, suffix = next(
        step
        for step in ((9, "B"), (6, "M"), (3, "K"))
        if near.adjusted() >= step[0] or step[0] == 3  # noqa: PLR2004 -- the last
    )
    return near.scaleb(-exponent), suffix


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _without_narrow_spaces(text: str) -> str:
    """Replace narrow no-break spaces, which many mail fonts lack, by ordinary no-break spaces."""
    return text.replace(NARROW_SPACE, HARD_SPACE)
