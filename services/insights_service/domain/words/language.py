"""Load the languages of insights: their message catalogues, and their locales for numbers and days.

Catalogues are .po files that are compiled when they are first needed. A message is a template with named placeholders.
The values are never treated as templates themselves, so tenants' names may contain anything.
"""

from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES: Final = Path(__file__).parents[2] / "locale"
LANGUAGES: Final = ("en", "vi")
DOMAIN: Final = "insights"


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language's messages, and the locale for its numbers and dates."""

    code: str
    locale: Locale
    messages: GNUTranslations

    def say(self, message: str, /, **places: str) -> str:
        """Return the translated message with its placeholders filled."""
        return self.messages.gettext(message).format_map(places)

    def count(self, one: str, many: str, number: float, /, **places: str) -> str:
        """Return the translated plural form for a number; numbers that are not whole take the plural of 2."""
        whole = int(number) if number == int(number) else 2
        return self.messages.ngettext(one, many, abs(whole)).format_map(places)


def language(tag: str) -> Language:
    """Return the language of a tag such as `en`, `en-GB` or `vi`; the region decides how numbers are written.

    Falls back to English without a region for languages that have no catalogue.
    """
    return _language(tag.replace("_", "-").strip().lower()[:35])


@lru_cache(maxsize=64)
def _language(tag: str) -> Language:
    code, *rest = tag.split("-")
    if code not in LANGUAGES:
        code, rest = "en", []
    try:
        locale = Locale.parse("-".join((code, *rest)), sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale(code)
    return Language(code, locale, messages_of(code))


@lru_cache(maxsize=len(LANGUAGES))
def messages_of(code: str) -> GNUTranslations:
    """Load and compile a language's catalogue, with its plural forms."""
    with (CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        catalogue = read_po(file, locale=code, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def message(text: str, /) -> str:
    """Mark a template that is translated elsewhere, so that the catalogues must contain it."""
    return text


def messages(one: str, many: str, /) -> tuple[str, str]:
    """Mark a template with plural forms that is translated elsewhere."""
    return one, many
