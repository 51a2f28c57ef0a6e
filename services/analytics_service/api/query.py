"""Query parameters that several routes share."""

from typing import Annotated

from fastapi import Query

from common.written_time import CalendarDay

# Postgres cannot store NUL in a text, so no value can match one that contains it.
_WITHOUT_NUL = r"^[^\x00]*$"

Day = Annotated[CalendarDay | None, Query(description="YYYY-MM-DD, a day in the tenant's time zone, inclusive")]
LocationId = Annotated[str | None, Query(max_length=500, pattern=_WITHOUT_NUL, description="only this branch")]
SearchText = Annotated[
    str | None, Query(max_length=200, pattern=_WITHOUT_NUL, description="text in the customer or the task")
]
RecoveryHours = Annotated[int, Query(ge=0, le=8760, description="hours within which a purchase ends the task")]
