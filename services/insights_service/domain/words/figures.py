"""Format numbers, money and percentages for a language, with no more digits than a reader needs."""

from decimal import Decimal
from typing import Final

from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
)

from common.rounding import rounded
from services.insights_service.domain.evidence.shapes import Unit
from services.insights_service.domain.words.language import Language

PERCENT_METRICS: Final = frozenset({"ctr", "conversion_rate", "contract_rate", "roi", "bounce_rate"})
MULTIPLE_METRICS: Final = frozenset({"roas"})
HARD_SPACE: Final = "\u00a0"
_THIN_SPACES: Final = str.maketrans({"\u202f": HARD_SPACE, "\u2009": ""})
_SMALL_COUNT: Final = 10
_SMALL_MONEY: Final = 100
_LARGE_MONEY: Final = 1_000_000
# JSON may hold figures that are too long for a sentence.
_MOST: Final = Decimal(10) ** 15


class Figures:
    """Formats the figures of one metric."""

    def __init__(self, language: Language, metric: str, unit: Unit, currency: str) -> None:
        self._language = language
        self._metric = metric
        self._unit = unit
        self._currency = currency

    @property
    def least(self) -> float:
        """Return the smallest difference that two labels of an axis can show."""
        if self._unit == "money":
            return 10.0 ** -get_currency_precision(self._currency)
        if self._metric in PERCENT_METRICS:
            return 0.1
        return 0.01 if self._unit == "ratio" else 1.0

    def tick(self, value: float, step: float) -> str:
        """Format a label of an axis; money has no decimals if the step is at least 1, so `$0` beside `$50`."""
        if self._unit == "money":
            return money(self._language, value, self._currency, whole=step >= 1)
        return self.shown(value)

    def shown(self, value: float) -> str:
        """Format a figure: `3`, `$19.52`, `$4,200`, `3.2%`, `2.4×`."""
        if self._unit == "money":
            return money(self._language, value, self._currency)
        if self._metric in PERCENT_METRICS:
            return percent(self._language, value, 1)
        if self._metric in MULTIPLE_METRICS:
            return f"{number(self._language, value, 2)}×"
        if self._unit == "ratio":
            return number(self._language, value, 2)
        return amount(self._language, value)

    def beside(self, value: float, other: float) -> str:
        """Like `shown`, with more digits if it would look like `other`, from which it differs."""
        text = self.shown(value)
        return self._fine(value) if value != other and text == self.shown(other) else text

    def _fine(self, value: float) -> str:
        if self._unit == "money":
            return money(self._language, value, self._currency, fine=True)
        if self._metric in PERCENT_METRICS:
            return percent(self._language, value, 2)
        if self._metric in MULTIPLE_METRICS:
            return f"{number(self._language, value, 3)}×"
        return number(self._language, value, 3 if self._unit == "ratio" else 2)


def amount(language: Language, value: float) -> str:
    """Format a count: from ten on as a whole number, below with at most one decimal."""
    return number(language, value, 0 if abs(value) >= _SMALL_COUNT else 1)


def number(language: Language, value: float, digits: int) -> str:
    """Format a number with at most `digits` decimals."""
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return plain(format_decimal(_exact(value, digits), pattern, locale=language.locale))


def percent(language: Language, points: float, digits: int = 0) -> str:
    """Format percentage points with at most `digits` decimals: 93.2 becomes `93%`."""
    share = _exact(points, digits).scaleb(-2)
    pattern = "#,##0." + "#" * digits + "%" if digits else "#,##0%"
    return plain(format_percent(share, pattern, locale=language.locale))


def money(language: Language, value: float, currency: str, *, whole: bool = False, fine: bool = False) -> str:
    """Format money: with cents below 100 (but not for 0), in whole units below a million, then with three digits.

    With `whole`, there are no cents; with `fine`, there always are, and no digits are dropped.
    """
    cents = get_currency_precision(currency)
    if abs(value) >= _LARGE_MONEY and not fine:
        return _large_money(language, value, currency)
    has_cents = abs(value) < _SMALL_MONEY and not whole and _exact(value, cents)
    digits = cents if fine or has_cents else 0
    decimals = "0." + "0" * digits if digits else "0"
    pattern = str(language.locale.currency_formats["standard"].pattern).replace("0.00", decimals)
    text = format_currency(_exact(value, digits), currency, pattern, locale=language.locale, currency_digits=False)
    return plain(text)


def _large_money(language: Language, value: float, currency: str) -> str:
    exact = _exact(value, 0)
    near = rounded(exact, 2 - exact.adjusted())
    if language.code == "vi":
        # CLDR's short form (`85,4 Tr ₫`) is not what a Vietnamese reader writes.
        words = format_compact_decimal(near, format_type="long", locale=language.locale, fraction_digits=2)
        return plain(f"{words}{HARD_SPACE}{get_currency_symbol(currency, language.locale)}")
    return plain(format_compact_currency(near, currency, locale=language.locale, fraction_digits=2))


def plain(text: str) -> str:
    """Replace narrow spaces, which many fonts lack, by hard spaces, and remove thin ones."""
    return text.translate(_THIN_SPACES)


def _exact(value: float, digits: int) -> Decimal:
    return rounded(min(max(Decimal(repr(value)), -_MOST), _MOST), digits)
