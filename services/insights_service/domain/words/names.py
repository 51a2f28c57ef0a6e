"""What tenants call things, made fit for a sentence: one line, not too long, its direction kept to itself.

Names may hold anything: line ends, marks that turn the direction of writing, templates' braces, an address typed into
a search box. None of it may change the text around it, and what tells who somebody is does not belong there.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 60
_ELLIPSIS: Final = "…"
# Marks of direction (kept out: an unclosed one turns what follows) and what takes no room.
_UNSEEN: Final = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_ISOLATE, _POP = "\u2068", "\u2069"
_JOINER: Final = "\u200d"
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]+")
# A telephone number: from its + or leading zero on, nine digits or more however they are parted.
_PHONE: Final = re.compile(r"(?<![\w.])(?:\+|0(?=[\s.()/-]*\d))[\s.()/-]*\d(?:[\s.()/-]*\d){7,14}(?!\w)")
_HIDDEN: Final = "•••"


def shown_name(name: str, longest: int = _LONGEST) -> str:
    """A name as it stands in a sentence."""
    text = shortened(without_people(cleaned(name)), longest)
    return f"{_ISOLATE}{text}{_POP}" if _turns(text) else text


def cleaned(name: str) -> str:
    """One line of composed letters, without what is not seen."""
    # (what nobody shows whole is not worth composing whole)
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", _UNSEEN.sub("", name[:1000]))).strip()


def shortened(text: str, longest: int) -> str:
    """Cut after a whole letter, emoji or word where it is too long."""
    if len(text) <= longest:
        return text
    end = longest - 1
    while end > 0 and _is_torn(text, end):
        end -= 1
    kept = text[:end].rstrip(" ,;:·-–")
    word = kept.rfind(" ")
    # A word that was cut goes as a whole where not much goes with it.
    if text[end : end + 1].strip() and word > end * 2 // 3:
        kept = kept[:word].rstrip(" ,;:·-–")
    return kept + _ELLIPSIS


def without_names(text: str, names: Iterable[str]) -> str:
    """A text without the names that stand in it as whole words; one that is a number alone, in quotes."""
    left = text
    for name in sorted(set(names), key=len, reverse=True):
        bare = re.escape(name)
        as_words = (
            rf"(?<!\w){bare}(?!\w)" if any(letter.isalpha() for letter in name) else rf"(?<=[“\"]){bare}(?=[”\"])"
        )
        left = re.sub(as_words, " ", left)
    return left


def without_people(text: str) -> str:
    """Without what looks like an address or a telephone number."""
    return _PHONE.sub(_HIDDEN, _ADDRESS.sub(_HIDDEN, text))


def _is_torn(text: str, end: int) -> bool:
    after, before = text[end], text[end - 1]
    joined = unicodedata.combining(after) or "\ufe00" <= after <= "\ufe0f" or "\U0001f3fb" <= after <= "\U0001f3ff"
    return bool(joined) or _JOINER in (after, before)


def _turns(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in {"R", "AL", "AN"} for letter in text)
