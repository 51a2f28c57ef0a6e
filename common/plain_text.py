"""Text that others wrote, or that quotes them, made fit to be stored and shown."""

import re
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")


def plain_text(text: str, longest: int) -> str:
    """One line without what no database or terminal takes (NUL, controls, half a surrogate), cut after `longest`."""
    return _UNPRINTABLE.sub(" ", text).strip()[:longest]
