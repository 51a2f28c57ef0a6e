"""What stands beside a number that says its currency, and not how many thousands or millions it counts."""

import unicodedata
from functools import cache
from typing import Final

_ABBREVIATIONS: Final = frozenset(
    "đ vnđ rp rs rm r kr kč zł ft lei fr tl din s/ руб р грн лв тг บาท".split()  # noqa: SIM905 -- a line, not a column
)
# Before or behind a dollar sign: `US$`, `R$`, `NT$`.
_DOLLARS: Final = frozenset("us a au c ca r s hk nt nz mx".split())  # noqa: SIM905 -- likewise


@cache
def _codes() -> frozenset[str]:
    # Only here: few files have letters in their numbers.
    from babel.core import get_global  # noqa: PLC0415

    return frozenset(get_global("all_currencies"))


def is_currency_code(text: str) -> bool:
    """Whether a text is a currency's code of ISO 4217, in capitals."""
    return text in _codes()


def is_currency(text: str) -> bool:
    """Whether a text without blanks, beside a number, says its currency or nothing at all."""
    letters = "".join(sign for sign in text if unicodedata.category(sign) != "Sc")
    if not letters:
        return True
    short = letters.removesuffix(".").casefold()
    if short in _ABBREVIATIONS or ("$" in text and short in _DOLLARS):
        return True
    return letters in (letters.upper(), letters.lower()) and is_currency_code(letters.upper())


def drops_its_dot(text: str) -> bool:
    """Whether a text is an abbreviation that may end in a dot."""
    return text.casefold() in _ABBREVIATIONS
