"""Types for days and instants in requests that accept only the forms of the contract.

Pydantic alone interprets a number, or a text that is a number, as seconds since 1970, so that `start_date=0.0` would be
an unintended day.
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
