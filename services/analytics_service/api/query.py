"""Query parameters that several routes have."""

from typing import Annotated

from fastapi import Query

from common.written_time import CalendarDay

# Postgres holds no NUL in a text, and nothing is called by one.
_TEXT = r"^[^\x00]*$"

Day = Annotated[CalendarDay | None, Query(description="YYYY-MM-DD, a day of the tenant's time zone, included")]
LocationId = Annotated[str | None, Query(max_length=500, pattern=_TEXT, description="one branch only")]
SearchText = Annotated[str | None, Query(max_length=200, pattern=_TEXT, description="text in the customer or the task")]
RecoveryHours = Annotated[int, Query(ge=0, le=8760, description="hours within which a purchase ends the task")]
