"""Parse numbers as spreadsheets and exports write them, and decide the decimal separator of a column."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

from services.data_service.domain.csv_files.currency_names import currencies_of, drops_its_dot, have_no_decimals
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import MAX_NUMBER

DECIMALS: Final = ("point", "comma")
# Cells that exports write in place of a missing number.
NOTHING: Final = frozenset({"", "-", "--", "\u2013", "\u2014", "n/a", "N/A"})
_PLAIN: Final = re.compile(r"-?\d{1,15}", re.ASCII)
# Thousands grouped by blanks or apostrophes, always in groups of three digits.
_GROUPED_THOUSANDS: Final = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?:(?:[^\S\r\n]|['\u2019])[0-9]{3})+(?![0-9])")
_IN_BRACKETS: Final = re.compile(r"([^(\d]*)\(([^()]*)\)(\D*)")
# `1.234,- €`
_NO_CENTS: Final = re.compile(r"(?<=[0-9])([.,])[-\u2013\u2014]{1,2}(?![0-9])")
# `500/-` in India; `12,00-` is negative, as SAP writes it.
_RUPEE_ENDING: Final = re.compile(r"(?<=[0-9])/[-=]$")
_TRAILING_MINUS: Final = re.compile(r"([0-9][0-9.,]*)-")
_DASHES: Final = re.compile(r"[-\u2013\u2014]+")
_NUMBER_ONLY: Final = re.compile(r"[-+\d\s.,'()]*", re.ASCII)
_BODY: Final = re.compile(r"[\d.,]*\d[\d.,]*", re.ASCII)
# Longer texts are not treated as numbers.
_MAX_CHARACTERS: Final = 64
_GROUPS: Final = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}|\d*", re.ASCII)
# One separator must be this many times as common as the other, as with the orders of dates.
_CLEAR_MAJORITY: Final = 10


class Written(NamedTuple):
    """A cell's bare number, '' if it is none, and the currencies that it may be in, None if the cell names none."""

    number: str
    currencies: frozenset[str] | None = None


_NONE: Final = Written("")


def bare(text: str) -> str:
    """Return a number without grouping blanks, currency and brackets; '' if the text is no number.

    Percentages and numbers with a unit, such as `1.5M`, do not count as numbers: our columns hold counts and money.
    """
    text = text.strip()
    return text if _PLAIN.fullmatch(text) else _parse_bounded(text).number


def is_nothing(cell: str) -> bool:
    """Whether a cell of a number column marks a missing number.

    Accounting formats show a zero as a dash with its currency: `$ -`, `-   €`.
    """
    text = cell.strip()
    if text in NOTHING:
        return True
    if text[-1].isdigit() or len(text) > _MAX_CHARACTERS or any(map(str.isdigit, text)) or not _DASHES.search(text):
        return False
    rest = "".join(_DASHES.sub("", text).split())
    return not rest or bool(currencies_of(rest))


def currencies_in(cell: str) -> frozenset[str] | None:
    """Return the currencies that the text beside a cell's number may mean; None if there is no such text."""
    return None if _NUMBER_ONLY.fullmatch(cell) else _parse_bounded(cell.strip()).currencies


def _parse_bounded(text: str) -> Written:
    return _parse(text) if len(text) <= _MAX_CHARACTERS else _NONE


# Cached, because each cell is parsed once for its number and once for its currency, and amounts repeat.
@lru_cache(maxsize=16_384)
def _parse(text: str) -> Written:
    if not text.isascii():
        # Drop invisible formatting characters, such as marks of the writing direction.
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf").strip()
    text = _GROUPED_THOUSANDS.sub(_without_grouping, text).replace("\u2212", "-")
    text = _RUPEE_ENDING.sub("", _NO_CENTS.sub(r"\g<1>00", text))
    text = _TRAILING_MINUS.sub(r"-\1", text) if _TRAILING_MINUS.fullmatch(text) else text
    if found := _IN_BRACKETS.fullmatch(text):
        text = f"-{''.join(found.groups())}"
    found = _BODY.search(text)
    if found is None:
        return _NONE
    sign, before = _split_sign("".join(text[: found.start()].split()))
    after = "".join(text[found.end() :].split())
    body = found[0]
    if body[0] == "." and (text[: found.start()][-1:].isalpha() or before[-1:] == "/"):
        # `Rs.500`, `S/.500`: the dot belongs to the abbreviation.
        body = body[1:] if drops_its_dot(before) else ""
    marks = [currencies_of(mark) for mark in (before, after) if mark]
    if not marks:
        return Written(sign + body)
    currencies = frozenset.intersection(*marks)
    return Written(sign + body, currencies) if body and currencies else _NONE


def _without_grouping(found: re.Match[str]) -> str:
    return "".join(sign for sign in found[0] if sign.isdigit())


def _split_sign(before: str) -> tuple[str, str]:
    """Split the text before a number into its sign and the rest."""
    if before[:1] in ("+", "-"):
        return before[0], before[1:]
    return (before[-1], before[:-1]) if before[-1:] in ("+", "-") else ("", before)


def number_text(cell: str, name: str, decimal: str) -> str:
    """Convert a cell to a plain decimal number with a point.

    `decimal` is the column's decimal separator, `point` or `comma`.

    Raises:
        Rejected: the cell is no number in its column's format, reaches 10^15, or has more than 18 decimals.
    """
    text = bare(cell)
    if _PLAIN.fullmatch(text):
        return text
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text.removeprefix("+"))
    if decimal == "comma":
        body = body.translate(_COMMA_TO_POINT)
    whole, _, decimals = body.partition(".")
    if not body or not _GROUPS.fullmatch(body, 0, len(whole)) or (decimals and not decimals.isdigit()):
        if "%" in cell:
            reason = f"{name} is a percentage: {cell[:40]!r}"
        else:
            reason = f"{name} is not a number (with a decimal {decimal}): {cell[:40]!r}"
        raise Rejected(reason, name)
    whole = whole.replace(",", "")
    if len(whole) >= len(str(int(MAX_NUMBER))) or len(decimals) > 18:  # noqa: PLR2004 -- digits
        reason = f"{name} is out of range"
        raise Rejected(reason, name)
    return f"{sign}{whole or '0'}.{decimals}" if decimals else f"{sign}{whole or '0'}"


_COMMA_TO_POINT: Final = str.maketrans(",.", ".,")


class NumberEvidence:
    """Evidence of the decimal separator of a column's numbers, counted over the whole file.

    `currency` is that of amounts that name no other one; '' if the column is not money, or it is unknown.
    """

    def __init__(self, currency: str = "") -> None:
        self.votes: Counter[str] = Counter()
        self.example = ""
        # Whether all ambiguous numbers are amounts in currencies without decimals.
        self.is_whole = True
        self._currency = frozenset({currency} - {""})

    def add(self, cell: str) -> None:
        """Count one number."""
        text = bare(cell)
        if not text or _PLAIN.fullmatch(text):
            return
        vote = _decimal_of(text.lstrip("+-"), grouped_by_blanks=bool(_GROUPED_THOUSANDS.search(cell)))
        self.votes[vote] += 1
        if vote.startswith("either"):
            self.example = self.example or cell
            cell_currencies = currencies_in(cell)
            currencies = (
                cell_currencies
                if cell_currencies is not None and not self._currency & cell_currencies
                else self._currency
            )
            self.is_whole = self.is_whole and have_no_decimals(currencies)

    @property
    def has_signs(self) -> bool:
        """Whether any number has a point or a comma."""
        return bool(self.votes)

    def settled(self, *, counts: bool, others: str = "") -> str:
        """Return `point` or `comma`; '' if it stays undecided whether a sign groups thousands or precedes decimals.

        A column of counts has no decimals, so a single sign before three digits groups thousands. In other columns
        `others`, the separator of the file's other columns, decides.
        """
        point, comma = self.votes["point"], self.votes["comma"]
        open_point, open_comma = self.votes["either point"], self.votes["either comma"]
        if point or comma:
            few, many = sorted((point, comma))
            # If no number is ambiguous, none can be misread, so a plain majority is enough.
            if few * _CLEAR_MAJORITY > many if open_point + open_comma else few == many:
                return ""
            return "point" if point > comma else "comma"
        if not open_point + open_comma:
            return others or "point"
        if counts and not (open_point and open_comma):
            return "comma" if open_point else "point"
        return others


def _decimal_of(body: str, *, grouped_by_blanks: bool) -> str:
    """Return the evidence of one number: `point` or `comma`, or `either` and its sign if that sign is ambiguous."""
    point, comma = body.rfind("."), body.rfind(",")
    if point >= 0 and comma >= 0:
        return "point" if point > comma else "comma"
    sign, other = (".", "comma") if point >= 0 else (",", "point")
    own = "point" if sign == "." else "comma"
    if body.count(sign) > 1:
        return other
    whole, _, decimals = body.partition(sign)
    groups = len(decimals) == len("000") and 1 <= len(whole) <= len("000") and not whole.startswith("0")
    return f"either {own}" if groups and not grouped_by_blanks else own
