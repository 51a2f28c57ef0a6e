"""Text for a CSV cell that somebody will open in a spreadsheet."""

from typing import Final

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@")


def safe_cell(text: str) -> str:
    """The text on one line, and not run as a formula; plain numbers stay as they are."""
    one_line = " ".join(text.splitlines()).strip("\t ") if text else text
    if one_line.startswith(_STARTS_A_FORMULA) and not _is_number(one_line):
        return f"'{one_line}"
    return one_line


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
