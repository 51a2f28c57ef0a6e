"""Look up a country's public holidays, which are unlike other days every year."""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def public_holidays(country: str, first_year: int, last_year: int) -> tuple[date, ...]:
    """Return the holidays of a country (ISO 3166), both years included; none if the country is unknown."""
    # The import takes 0.2 s and 26 MB, so it is left to the thread that judges.
    from holidays import country_holidays  # noqa: PLC0415

    try:
        return tuple(sorted(country_holidays(country, years=range(first_year, last_year + 1))))
    except NotImplementedError:
        return ()
