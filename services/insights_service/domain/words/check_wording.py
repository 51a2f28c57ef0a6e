"""Check whether a reworded insight may replace the template's text.

A wording is refused unless it can be shown to be right, as the template's text is always available instead.
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
    """Return the first problem of a wording in a word or two, or None.

    Args:
        wording: the reworded title and description.
        template: the title and description made from the evidence.
        allowed: the evidence that a text may state.
    """
    ours = f"{template.title}\n{template.description}"
    return (
        _wrong_form(wording, template, allowed)
        or _wrong_numbers(wording, template, allowed)
        or next((wrong for text in wording if (wrong := _wrong_names(text, ours, allowed))), None)
        or next((wrong for text in wording if (wrong := _wrong_sense(text, ours, allowed))), None)
        or _omission(wording, template, allowed)
        or (None if _keeps_language(wording, allowed) else "language")
    )


def _wrong_form(wording: Words, template: Words, allowed: Allowed) -> str | None:
    if not _fits(wording, template):
        return "length"
    return "markup" if any(_MARKUP.search(_nameless(text, allowed)) for text in wording) else None


def _wrong_numbers(wording: Words, template: Words, allowed: Allowed) -> str | None:
    """Check the numbers; a title may only state those of the template's title and first line, none of the reasons."""
    whole = f"{template.title}\n{template.description.splitlines()[0]}"
    wrong = check_numbers(wording.title, whole, allowed.in_short())
    return wrong or check_numbers(wording.description, template.description, allowed)


def _omission(wording: Words, template: Words, allowed: Allowed) -> str | None:
    if not _has_names_of_title(wording.title, template.title, allowed.in_short()):
        return "name left out"
    return None if _has_figures_of_title(wording, template, allowed) else "figure left out"


def _fits(wording: Words, template: Words) -> bool:
    title, description = wording
    most = min(_MOST_DESCRIPTION, 2 * len(template.description) + 100)
    return 0 < len(title.strip()) <= MOST_TITLE and "\n" not in title and 0 < len(description.strip()) <= most


def _wrong_names(text: str, ours: str, allowed: Allowed) -> str | None:
    """Return a name that is not in the evidence, as far as names can be distinguished from words."""
    nameless = _nameless(text, allowed)
    if any("".join(found.groups("")).strip() for found in _QUOTED.finditer(nameless)):
        return "quotes"
    _, left = read_times(nameless, allowed.language, Times())
    template_words = {word.casefold() for word in _WORD.findall(ours)}
    for found in _WORD.finditer(left):
        word = found[0]
        if word.casefold() in template_words or word in ACRONYMS:
            continue
        starts_sentence = bool(_SENTENCE_STARTS.search(left[: found.start()]))
        may_be_capitalized = starts_sentence and (len(word) == 1 or not word.isupper())
        if word.casefold() in WELL_KNOWN or (not word.islower() and not may_be_capitalized):
            return f"name {word[:20]}"
    return None


def _wrong_sense(text: str, ours: str, allowed: Allowed) -> str | None:
    """Return a wrong direction, a day relative to the time of reading, or another frequency than the template's."""
    code, nameless = allowed.language.code, _nameless(text, allowed)
    if relative_days(code).search(nameless):
        return "relative day"
    if isinstance(allowed.evidence, Change):
        template = _nameless(ours, allowed)
        opposite = ways(code, "down" if allowed.evidence.direction == "up" else "up")
        if any(word.search(nameless) and not word.search(template) for word in opposite):
            return "direction"
        if _spans_in(nameless, allowed) - _spans_in(template, allowed):
            return "how often"
    return None


def _spans_in(text: str, allowed: Allowed) -> set[str]:
    """Return the words for spans of time that are not part of a date."""
    _, left = read_times(text, allowed.language, Times())
    return {word.casefold() for word in spans(allowed.language.code).findall(left)}


def _has_names_of_title(title: str, template: str, allowed: Allowed) -> bool:
    for forms in names_of(allowed.evidence, allowed.language):
        if without_names(template, forms) != template and without_names(title, forms) == title:
            return False
    return True


def _has_figures_of_title(wording: Words, template: Words, allowed: Allowed) -> bool:
    """Return whether the wording has all figures of the template's title."""
    values = [number.value for text in wording for number in allowed.read(text).numbers]
    return all(
        any(abs(value - number.value) <= number.unit for value in values)
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
