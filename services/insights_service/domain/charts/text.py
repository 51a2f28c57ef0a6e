"""Estimates of the width of text, rather too wide than too narrow: an SVG does not know the reader's font."""

import unicodedata
from typing import Final

_NARROW: Final = frozenset("ijlIft.,:;'|!()[]·“”‘’ \u00a0")
_BROAD: Final = frozenset("mwMWĐ%@—…")


def text_width(text: str, size: float) -> float:
    """Estimate the width of a text in pixels at a font size."""
    return size * sum(_letter(letter) for letter in text)


def wrapped(text: str, size: float, width: float, most: int = 2) -> list[str]:
    """Break a text between words into at most `most` lines of `width` pixels; the last one is cut if needed."""
    lines: list[str] = []
    rest = text.split(" ")
    while rest and len(lines) < most:
        taken = 1
        while taken < len(rest) and text_width(" ".join(rest[: taken + 1]), size) <= width:
            taken += 1
        lines.append(_cut(" ".join(rest[:taken]), size, width))
        rest = rest[taken:]
    if rest and lines and not lines[-1].endswith("…"):
        lines[-1] = _cut(lines[-1] + "…", size, width)
    return lines


def _cut(text: str, size: float, width: float) -> str:
    if text_width(text, size) <= width:
        return text
    start = text.rstrip("…")
    while start and text_width(start + "…", size) > width:
        start = start[:-1]
    return start.rstrip() + "…"


def _letter(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 1.1
    if letter in _NARROW:
        return 0.32
    if letter in _BROAD:
        return 0.92
    return 0.68 if letter.isupper() else 0.575
