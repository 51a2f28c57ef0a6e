"""Rows as the body of `COPY … (FORMAT text, NULL '')`."""

import re
from collections.abc import Sequence
from typing import Final

_ESCAPED: Final = re.compile(r"\\(.)")
_MEANT: Final = {"t": "\t", "n": "\n", "r": "\r"}
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows (at least one, all of the same length) as a COPY body; the empty text is null.

    Tabs and line ends inside a value are rare, so values are joined first and escaped only if the counts disagree.
    """
    text = "\n".join(["\t".join(row) for row in rows])
    separators = len(rows) * (len(rows[0]) - 1)
    if text.count("\t") == separators and text.count("\n") == len(rows) - 1 and "\r" not in text:
        return (text.replace("\\", "\\\\") + "\n").encode()
    return "".join("\t".join([value.translate(_ESCAPES) for value in row]) + "\n" for row in rows).encode()


def rows_of_copy(copy: bytes, limit: int) -> list[list[str]]:
    """The first `limit` rows of such a body, unescaped."""
    lines = copy.decode().split("\n", limit)[:limit]
    return [[_ESCAPED.sub(_unescaped, value) for value in line.split("\t")] for line in lines if line]


def _unescaped(found: re.Match[str]) -> str:
    return _MEANT.get(found[1], found[1])
