"""In which language a company is told."""

from typing import Final

_LANGUAGES: Final = {"VN": "vi"}


def language_of(country: str | None, chosen: str | None = None) -> str:
    """The language that a company chose, else its country's (ISO 3166) as far as insights are told in it, else English.

    English is written as it is in the country.
    """
    code = chosen or _LANGUAGES.get(country or "", "en")
    return f"en-{country}" if code == "en" and country else code
