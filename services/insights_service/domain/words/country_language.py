"""In which language a company is told."""

from typing import Final

_LANGUAGES: Final = {"VN": "vi"}


def language_of(country: str | None) -> str:
    """The language of a country (ISO 3166), as far as insights are told in it: else English, as it is written there."""
    if country is None:
        return "en"
    return _LANGUAGES.get(country, f"en-{country}")
