"""Whether somebody else's wording of an insight may stand in place of the template's.

Everything is refused that cannot be told to be right: our own words are always there to fall back on.
"""

import re
import unicodedata
from typing import Final

from services.insights_service.domain.evidence.shapes import Change
from services.insights_service.domain.words.check_numbers import Allowed, check_numbers
from services.insights_service.domain.words.describe import Words
from services.insights_service.domain.words.facts import names_of
from services.insights_service.domain.words.fitting import MOST_TITLE
from services.insights_service.domain.words.names import without_names
from services.insights_service.domain.words.read_times import Times, read_times
from services.insights_service.domain.words.vocabulary import (
    ACRONYMS,
    WELL_KNOWN,
    common_words,
    relative_days,
    spans,
    ways,
)

_MOST_DESCRIPTION: Final = 900
_MARKUP: Final = re.compile(r"https?:|www\.|[@<>{}\[\]`*#_|\\]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066\u2067]")
_QUOTED: Final = re.compile(r"“([^”]*)”|\"([^\"]*)\"|«([^»]*)»|„([^“”]*)[“”]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_STARTS: Final = re.compile(r"(?:^|[.!?:;\n]\s*|[“\"(]\s*)$")
_LEAST_COMMON: Final = 3


def check_wording(wording: Words, template: Words, allowed: Allowed) -> str | None:
    """What is wrong with a wording, in a word or two; None where nothing is."""
    ours = f"{template.title}\n{template.description}"
    return (
        _wrong_form(wording, template, allowed)
        or _wrong_numbers(wording, template, allowed)
        or next((wrong for text in wording if (wrong := _wrong_names(text, ours, allowed))), None)
        or next((wrong for text in wording if (wrong := _wrong_sense(text, ours, allowed))), None)
        or _left_out(wording, template, allowed)
        or (None if _keeps_language(wording, allowed) else "language")
    )


def _wrong_form(wording: Words, template: Words, allowed: Allowed) -> str | None:
    if not _fits(wording, template):
        return "length"
    return "markup" if any(_MARKUP.search(_nameless(text, allowed)) for text in wording) else None


def _wrong_numbers(wording: Words, template: Words, allowed: Allowed) -> str | None:
    """A title is of the whole: nothing of the reasons. The description's first line says the same once more."""
    whole = f"{template.title}\n{template.description.splitlines()[0]}"
    wrong = check_numbers(wording.title, whole, allowed.in_short())
    return wrong or check_numbers(wording.description, template.description, allowed)


def _left_out(wording: Words, template: Words, allowed: Allowed) -> str | None:
    if not _names_what_the_template_names(wording.title, template.title, allowed.in_short()):
        return "name left out"
    return None if _tells_how_much(wording, template, allowed) else "figure left out"


def _fits(wording: Words, template: Words) -> bool:
    title, description = wording
    most = min(_MOST_DESCRIPTION, 2 * len(template.description) + 100)
    return 0 < len(title.strip()) <= MOST_TITLE and "\n" not in title and 0 < len(description.strip()) <= most


def _wrong_names(text: str, ours: str, allowed: Allowed) -> str | None:
    """Names that the evidence does not have, as far as they can be told from words."""
    nameless = _nameless(text, allowed)
    if any("".join(found.groups("")).strip() for found in _QUOTED.finditer(nameless)):
        return "quotes"
    _, left = read_times(nameless, allowed.language, Times())
    said = {word.casefold() for word in _WORD.findall(ours)}
    for found in _WORD.finditer(left):
        word = found[0]
        if word.casefold() in said or word in ACRONYMS:
            continue
        starts = bool(_SENTENCE_STARTS.search(left[: found.start()])) and (len(word) == 1 or not word.isupper())
        if word.casefold() in WELL_KNOWN or (not word.islower() and not starts):
            return f"name {word[:20]}"
    return None


def _wrong_sense(text: str, ours: str, allowed: Allowed) -> str | None:
    """A direction other than the evidence's, a day that is another one when it is read, another rarity."""
    code, told = allowed.language.code, _nameless(text, allowed)
    if relative_days(code).search(told):
        return "relative day"
    if isinstance(allowed.evidence, Change):
        said = _nameless(ours, allowed)
        turned = ways(code, "down" if allowed.evidence.direction == "up" else "up")
        if any(way.search(told) and not way.search(said) for way in turned):
            return "direction"
        if _spans_in(told, allowed) - _spans_in(said, allowed):
            return "how often"
    return None


def _spans_in(text: str, allowed: Allowed) -> set[str]:
    """The words for them that are no part of a day."""
    _, left = read_times(text, allowed.language, Times())
    return {word.casefold() for word in spans(allowed.language.code).findall(left)}


def _names_what_the_template_names(title: str, template: str, allowed: Allowed) -> bool:
    for forms in names_of(allowed.evidence, allowed.language):
        if without_names(template, forms) != template and without_names(title, forms) == title:
            return False
    return True


def _tells_how_much(wording: Words, template: Words, allowed: Allowed) -> bool:
    """Whether the figures of the template's title are still there."""
    told = [number.value for text in wording for number in allowed.read(text).numbers]
    return all(
        any(abs(value - number.value) <= number.unit for value in told)
        for number in allowed.read(template.title).numbers
    )


def _keeps_language(wording: Words, allowed: Allowed) -> bool:
    text = _nameless(f"{wording.title}\n{wording.description}", allowed)
    code = allowed.language.code
    letters = [letter for letter in unicodedata.normalize("NFC", text) if letter.isalpha()]
    if not all("LATIN" in unicodedata.name(letter, "") for letter in letters):
        return False
    if code == "en" and not all(letter.isascii() for letter in letters):
        return False
    description = _nameless(wording.description, allowed)
    common = common_words(code) & {word.casefold() for word in _WORD.findall(description)}
    return len(common) >= _LEAST_COMMON


def _nameless(text: str, allowed: Allowed) -> str:
    return without_names(text, (form for forms in names_of(allowed.evidence, allowed.language) for form in forms))
