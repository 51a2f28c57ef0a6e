"""How likely bytes beyond ASCII are as letters of the languages that a code page was made for.

All four pages spend one byte on a character, so the likelihoods of the same bytes in each can be compared directly.
"""

import math
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple


def _frequencies(table: str) -> dict[str, float]:
    return {pair[0]: float(pair[1:]) for pair in table.split()}


# Each letter with its share per thousand letters beyond ASCII, lower case, roughly as texts of the page's languages
# have them together.
_CYRILLIC: Final = _frequencies(
    "о109 е84 а82 и74 н67 т60 с54 р47 в45 л44 к35 м32 д30 п28 у28 я20 ы17 ь17 г17 з17 б16 ч14 й12 х10 ж9 ш7 ю6 ц5 щ4"
    " э2 ф3 ъ1 ё2 і20 ї4 є4 ґ1 ў2 ђ1 ј3 љ1 њ1 ћ1 џ1"
)
_WESTERN: Final = _frequencies(
    "é160 á75 í65 ó70 ú28 à55 è45 ç42 ê22 ã45 õ16 ñ45 ä80 ö65 ü75 ß30 å45 ø32 æ22 â12 î8 ô16 û7 ë12 ï8 ì7 ò10 ù8 œ4 š3"
    " ž2 ý3 ð2 þ2 ÿ0.3"
)
# As code page 1258 writes it: most tones are marks of their own, after their vowel.
_VIETNAMESE: Final = _frequencies(
    "\u030060 \u0301110 \u030960 \u030345 \u0323110 đ90 â65 ê75 ô80 ơ50 ư90 ă35 à70 á60 è4 é5 ó25 ú12 í12 ù8"
)
_THAI: Final = _frequencies(
    "า80 น70 ร70 ก60 อ60 เ55 ง50 \u0e4860 ม42 \u0e3145 \u0e4942 ว40 ย40 ล36 ส32 ต32 \u0e3538 ท38 \u0e3434 ค30 ป25"
    " จ20 \u0e3822 แ20 ด30 ข20 ะ20 ไ20 พ22 \u0e4c18 บ22 ห30 ช15 โ12 \u0e3914 \u0e3714 ผ9 ใ11 ศ10 ณ9 ำ10 ถ9 ธ8 ซ6 ภ6 ษ5"
    " ญ6 ฐ3 ฟ5 \u0e476 ฝ2 ฏ1 ฎ1 ฉ3 ฆ1 ฑ1 ฒ1 ฌ1 ฤ1 ฯ1 ๆ2 ฮ1"
)
_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")
_TONE_BEARERS: Final = frozenset("aeiouyâêôăơư")
_THAI_ABOVE_BELOW: Final = frozenset(chr(code) for code in (0xE31, *range(0xE34, 0xE3B), *range(0xE47, 0xE4F)))
_THAI_AFTER: Final = frozenset("ะาำๅ")
_THAI_BEFORE: Final = frozenset("เแโใไ")

_UNKNOWN: Final = math.log(1e-4)
_IMPOSSIBLE: Final = -9.0
_UNLIKELY: Final = -5.0
_CAPITAL: Final = math.log(0.12)
_TWO_ACCENTS: Final = math.log(0.12)


class CodePage(NamedTuple):
    """A code page by Python's name, its letters' likelihoods, and whether its words are written beside ASCII ones."""

    encoding: str
    letters: Mapping[str, float]
    is_latin: bool


def _page(encoding: str, per_thousand: Mapping[str, float], *, is_latin: bool) -> CodePage:
    total = sum(per_thousand.values())
    return CodePage(encoding, {letter: math.log(part / total) for letter, part in per_thousand.items()}, is_latin)


PAGES: Final = (
    _page("cp1252", _WESTERN, is_latin=True),
    _page("cp1251", _CYRILLIC, is_latin=False),
    _page("cp1258", _VIETNAMESE, is_latin=True),
    _page("cp874", _THAI, is_latin=False),
)


def likelihood(page: CodePage, text: bytes) -> tuple[float, int]:
    """The log-likelihood of the bytes beyond ASCII that are letters in this page, and how many they are.

    Signs that are none (quotes, dashes, currency) say little, and are the same in most pages.
    """
    decoded = text.decode(page.encoding, errors="replace")
    score, letters = 0.0, 0
    before = " "
    for at, sign in enumerate(decoded):
        if not sign.isascii():
            after = decoded[at + 1] if at + 1 < len(decoded) else " "
            if sign == "\ufffd":
                score, letters = score + _IMPOSSIBLE + _UNKNOWN, letters + 1
            elif sign.isalpha() or unicodedata.category(sign) == "Mn":
                score, letters = score + _letter(page, before, sign, after), letters + 1
            else:
                score += _UNLIKELY
        before = sign
    return score, letters


def _letter(page: CodePage, before: str, sign: str, after: str) -> float:
    low = sign.lower()
    score = page.letters.get(low, _UNKNOWN)
    if sign != low:
        # Behind another capital it is expected: words in capitals are ordinary in lists of names.
        score += _IMPOSSIBLE if before.islower() else 0.0 if before.isupper() else _CAPITAL
    if not page.is_latin:
        beside_ascii = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
        score += _UNLIKELY if beside_ascii else 0.0
        return score + (_thai(before, sign, after) if page.encoding == "cp874" else 0.0)
    if sign in _TONES:
        return score + (0.0 if before.lower() in _TONE_BEARERS else _IMPOSSIBLE)
    if page.encoding == "cp1252" and before.isalpha() and not before.isascii():
        score += _TWO_ACCENTS
    return score


def _thai(before: str, sign: str, after: str) -> float:
    is_consonant = "ก" <= before <= "ฮ"
    if sign in _THAI_ABOVE_BELOW:
        return 0.0 if is_consonant or before in _THAI_ABOVE_BELOW else _IMPOSSIBLE
    if sign in _THAI_AFTER:
        return 0.0 if is_consonant or before in _THAI_ABOVE_BELOW or before == "า" else _IMPOSSIBLE
    if sign in _THAI_BEFORE:
        return 0.0 if "ก" <= after <= "ฮ" else _IMPOSSIBLE
    return 0.0
