"""Determine the language of a company's insights."""

from typing import Final

_LANGUAGES: Final = {"VN": "vi"}


def language_of(country: str | None, chosen: str | None = None) -> str:
    """Return the tag of the language that a company chose, or else that of its country (ISO 3166), or else English.

    The tag of English has the country as its region, which decides how numbers are written.
    """
    code = chosen or _LANGUAGES.get(country or "", "en")
    return f"en-{country}" if code == "en" and country else code
