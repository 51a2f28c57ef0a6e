"""Clean text from outside sources, so that it can be stored and shown."""

import re
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")


def plain_text(text: str, longest: int) -> str:
    """Return the text as one line of at most `longest` characters.

    Each run of blanks, control characters (including NUL) and surrogates is replaced by one space.
    """
    return _UNPRINTABLE.sub(" ", text).strip()[:longest]
