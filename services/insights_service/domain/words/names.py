"""Make tenants' names safe for a sentence: one line of limited length, with its writing direction isolated.

A name may contain anything: line breaks, marks that change the writing direction, braces, or an address that somebody
typed into a search box. None of it may affect the surrounding text, and what identifies a person is replaced.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 60
_ELLIPSIS: Final = "…"
# Directional marks, which could affect the text that follows, and other invisible characters.
_INVISIBLE: Final = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_ISOLATE, _POP = "\u2068", "\u2069"
_JOINER: Final = "\u200d"
_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]+")
# A telephone number: a + or a leading zero, then eight to fifteen digits with any separators.
_PHONE: Final = re.compile(r"(?<![\w.])(?:\+|0(?=[\s.()/-]*\d))[\s.()/-]*\d(?:[\s.()/-]*\d){7,14}(?!\w)")
_HIDDEN: Final = "•••"


def shown_name(name: str, longest: int = _LONGEST) -> str:
    """Return a name as it is shown in a sentence."""
    text = shortened(without_people(cleaned(name)), longest)
    return f"{_ISOLATE}{text}{_POP}" if _is_right_to_left(text) else text


def cleaned(name: str) -> str:
    """Return a name as one line in Unicode form NFC, without invisible characters."""
    # A name is never shown in full beyond this length, so the rest need not be normalized.
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", _INVISIBLE.sub("", name[:1000]))).strip()


def shortened(text: str, longest: int) -> str:
    """Cut a text that is too long after a complete character, emoji or word."""
    if len(text) <= longest:
        return text
    end = longest - 1
    while end > 0 and _splits_character(text, end):
        end -= 1
    kept = text[:end].rstrip(" ,;:·-–")
    word = kept.rfind(" ")
    # A word that is cut is removed completely, unless that would remove more than a third of the text.
    if text[end : end + 1].strip() and word > end * 2 // 3:
        kept = kept[:word].rstrip(" ,;:·-–")
    return kept + _ELLIPSIS


def without_names(text: str, names: Iterable[str]) -> str:
    """Return a text without the names that occur in it as whole words; a name without letters only in quotes."""
    left = text
    for name in sorted(set(names), key=len, reverse=True):
        bare = re.escape(name)
        as_words = (
            rf"(?<!\w){bare}(?!\w)" if any(letter.isalpha() for letter in name) else rf"(?<=[“\"]){bare}(?=[”\"])"
        )
        left = re.sub(as_words, " ", left)
    return left


def without_people(text: str) -> str:
    """Replace what looks like an email address or a telephone number."""
    return _PHONE.sub(_HIDDEN, _EMAIL.sub(_HIDDEN, text))


def _splits_character(text: str, end: int) -> bool:
    after, before = text[end], text[end - 1]
    joined = unicodedata.combining(after) or "\ufe00" <= after <= "\ufe0f" or "\U0001f3fb" <= after <= "\U0001f3ff"
    return bool(joined) or _JOINER in (after, before)


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in {"R", "AL", "AN"} for letter in text)
