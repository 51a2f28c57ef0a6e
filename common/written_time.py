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


def _written(pattern: re.Pattern[str], message: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if (isinstance(value, str) and not pattern.fullmatch(value)) or isinstance(value, int | float):
            raise ValueError(message)
        return value

    return BeforeValidator(check)


CalendarDay = Annotated[date, _written(_DAY, "a day is written YYYY-MM-DD")]
Instant = Annotated[AwareDatetime, _written(_INSTANT, "an instant is written YYYY-MM-DDThh:mm:ss with its offset")]
