"""Protect the text of CSV cells from being run as formulas by a spreadsheet, and undo this protection."""

import re
from typing import Final

# If a spreadsheet uses another separator than the file, it splits one of our cells into several.
_PARTS: Final = re.compile(r"[^,;|\t]+")
# A spreadsheet ignores these blanks and quotes before the sign with which a formula begins. Tabs are not among them,
# because they separate cells.
_IGNORED_PREFIX: Final = (
    r"[\x00-\x08\x0a-\x20\"'\x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*"
)
# The last four are the full-width forms of the same signs, which East Asian keyboards produce.
_FORMULA: Final = _IGNORED_PREFIX + r"[-=+@\uff0d\uff1d\uff0b\uff20]"
_BEGINS_A_FORMULA: Final = re.compile(_FORMULA)
_HOLDS_A_FORMULA: Final = re.compile(rf"(?:\A|[,;|\t]){_FORMULA}")
_GUARDED: Final = re.compile(f"'{_FORMULA}")
_GUARD: Final = "'"


def safe_cell(text: str) -> str:
    """Return the text on one line, with an apostrophe before each part that would run as a formula, except numbers."""
    one_line = " ".join(text.splitlines()).strip("\t ") if text else text
    if not _HOLDS_A_FORMULA.search(one_line) or _is_number(one_line):
        return one_line
    return _PARTS.sub(_guarded, one_line)


def unguarded_cell(text: str) -> str:
    """Return the text of a safe cell without the apostrophes that `safe_cell` added."""
    return _PARTS.sub(_unguarded, text) if _GUARD in text else text


def _guarded(part: re.Match[str]) -> str:
    return _GUARD + part[0] if _BEGINS_A_FORMULA.match(part[0]) else part[0]


def _unguarded(part: re.Match[str]) -> str:
    return part[0].removeprefix(_GUARD) if _GUARDED.match(part[0]) else part[0]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
