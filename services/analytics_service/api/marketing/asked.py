"""What every call of marketing is asked: which days, which platforms; and by whom."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from common.auth.principal import Principal
from common.pagination import MAX_LIMIT
from services.analytics_service.api.callers import WholeCompanyReader
from services.analytics_service.api.query import Day
from services.analytics_service.api.today import Today, Todays
from services.analytics_service.domain.date_range import date_range
from services.analytics_service.store.day_range import DateRange

_DEFAULT_DAYS = 30
_NAMES = ("date_from", "date_to")
_PLATFORM = "[a-z0-9_.-]+"
_SAME = {"facebook": "meta"}

_PlatformList = Annotated[
    str | None,
    Query(
        max_length=2000,
        pattern=f"^({_PLATFORM}(,{_PLATFORM})*)?$",
        description="platforms of leads and ads, separated by commas; `facebook` is `meta`; none: all of them",
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="rows at most")]


@dataclass(frozen=True)
class Asked:
    """A call of marketing on somebody's behalf; `platforms` None means all."""

    caller: Principal
    date_from: date | None
    date_to: date | None
    platforms: list[str] | None
    todays: Todays

    async def days(self) -> DateRange:
        """The range that is meant: the last 30 whole days where none is given.

        To be asked before a connection is held, as `today` is: it may take one of its own.

        Raises:
            DatesInvalid: the start is after the end, the range is over five years, or a date is out of this world.
        """
        # Only a missing end asks what day it is.
        day = self.date_to or await self.today()
        return date_range(self.date_from, self.date_to, day, days=_DEFAULT_DAYS, names=_NAMES)

    async def today(self) -> date:
        """The current day in the tenant's time zone."""
        return await self.todays.of(self.caller)


async def _asked_of_all(caller: WholeCompanyReader, todays: Today, date_from: Day = None, date_to: Day = None) -> Asked:
    """Who is held to branches is refused: leads and ads are figures of the whole company."""
    return Asked(caller, date_from, date_to, None, todays)


AskingOfAll = Annotated[Asked, Depends(_asked_of_all)]


async def _asked(asked: AskingOfAll, platforms: _PlatformList = None) -> Asked:
    named = sorted({_SAME.get(name, name) for name in platforms.split(",")}) if platforms else None
    return replace(asked, platforms=named)


Asking = Annotated[Asked, Depends(_asked)]
