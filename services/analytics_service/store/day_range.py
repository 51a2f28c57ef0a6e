"""A range of the tenant's days, as the statements take it."""

from datetime import date
from typing import NamedTuple


class DateRange(NamedTuple):
    """Days from `start` to `end`, both included."""

    start: date
    end: date
