"""Days and instants of requests, taken as they are written in the contract only.

Pydantic alone takes a number, or a text that is one, for seconds since 1970: `start_date=0.0` would be a day that
nobody meant.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(rf"{_DAY.pattern}[Tt ].+")


def _is_day(value: Any) -> Any:
    if (isinstance(value, str) and not _DAY.fullmatch(value)) or isinstance(value, int | float):
        message = "a day is written YYYY-MM-DD"
        raise ValueError(message)
    return value


def _is_instant(value: Any) -> Any:
    if (isinstance(value, str) and not _INSTANT.fullmatch(value)) or isinstance(value, int | float):
        message = "an instant is written YYYY-MM-DDThh:mm:ss with its offset"
        raise ValueError(message)
    return value


CalendarDay = Annotated[date, BeforeValidator(_is_day)]
Instant = Annotated[AwareDatetime, BeforeValidator(_is_instant)]
