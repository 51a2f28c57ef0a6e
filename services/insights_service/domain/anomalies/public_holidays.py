"""A country's public holidays: days that are unlike others every year."""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def public_holidays(country: str, first_year: int, last_year: int) -> tuple[date, ...]:
    """Those of a country (ISO 3166) from one year to another; none of a country that is not known."""
    # (0.2 s and 26 MB, for the thread that judges)
    from holidays import country_holidays  # noqa: PLC0415

    try:
        return tuple(sorted(country_holidays(country, years=range(first_year, last_year + 1))))
    except NotImplementedError:
        return ()
