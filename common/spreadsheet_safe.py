"""Text for a CSV cell that somebody will open in a spreadsheet, and such a cell as it was before."""

import re
from typing import Final

# Where a spreadsheet's own separator is another than the file's, a cell of ours is several of its own.
_PARTS: Final = re.compile(r"[^,;|\t]+")
# Blanks of all kinds (but tabs, which part cells) and quotes do not keep a sign behind them from beginning a formula.
_BEFORE: Final = r"[\x00-\x08\x0a-\x20\"'\x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*"
# The last four are as wide as the letters of East Asian keyboards.
_FORMULA: Final = _BEFORE + r"[-=+@\uff0d\uff1d\uff0b\uff20]"
_BEGINS_A_FORMULA: Final = re.compile(_FORMULA)
_HOLDS_A_FORMULA: Final = re.compile(rf"(?:\A|[,;|\t]){_FORMULA}")
_GUARDED: Final = re.compile(f"'{_FORMULA}")
_GUARD: Final = "'"


def safe_cell(text: str) -> str:
    """The text on one line, with an apostrophe before what would run as a formula; plain numbers stay as they are."""
    one_line = " ".join(text.splitlines()).strip("\t ") if text else text
    if not _HOLDS_A_FORMULA.search(one_line) or _is_number(one_line):
        return one_line
    return _PARTS.sub(_guarded, one_line)


def unguarded_cell(text: str) -> str:
    """A safe cell without its apostrophes."""
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
