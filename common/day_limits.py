"""Limits of the days that a request may name: they lie between 1970 and 2199, and a range has at most five years."""

from datetime import date
from typing import Final

EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2199, 12, 31)
MAX_YEARS: Final = 5


def is_too_long(first: date, last: date) -> bool:
    """Return whether the days from the first to the last, both included, are more than MAX_YEARS."""
    # Compared as tuples, since five years after a 29 February there is none.
    return (last.year - MAX_YEARS, last.month, last.day) >= (first.year, first.month, first.day)
