"""The parameters that the marketing routes share: days, platforms and the caller."""

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
_DATE_PARAMETERS = ("date_from", "date_to")
_PLATFORM = "[a-z0-9_.-]+"
_ALIASES = {"facebook": "meta"}

_PlatformList = Annotated[
    str | None,
    Query(
        max_length=2000,
        pattern=f"^({_PLATFORM}(,{_PLATFORM})*)?$",
        description="comma-separated platforms of leads and ads; `facebook` means `meta`; default: all",
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="the maximum number of rows")]


@dataclass(frozen=True)
class MarketingQuery:
    """The parameters of a marketing call; `platforms` None means all."""

    caller: Principal
    date_from: date | None
    date_to: date | None
    platforms: list[str] | None
    todays: Todays

    async def days(self) -> DateRange:
        """Return the range asked for, by default the last 30 whole days.

        Call it, like `today`, before taking a database connection: it may take one itself.

        Raises:
            DatesInvalid: the start is after the end, the range is longer than five years, or a date is out of bounds.
        """
        # The current day is needed only if the end is missing.
        day = self.date_to or await self.today()
        return date_range(self.date_from, self.date_to, day, days=_DEFAULT_DAYS, names=_DATE_PARAMETERS)

    async def today(self) -> date:
        """Return the current day in the tenant's time zone."""
        return await self.todays.of(self.caller)


async def _all_platforms_query(
    caller: WholeCompanyReader, todays: Today, date_from: Day = None, date_to: Day = None
) -> MarketingQuery:
    """Read the parameters. Callers who are limited to branches are refused: leads and ads concern the whole company."""
    return MarketingQuery(caller, date_from, date_to, None, todays)


AllPlatformsQuery = Annotated[MarketingQuery, Depends(_all_platforms_query)]


async def _platforms_query(query: AllPlatformsQuery, platforms: _PlatformList = None) -> MarketingQuery:
    names = sorted({_ALIASES.get(name, name) for name in platforms.split(",")}) if platforms else None
    return replace(query, platforms=names)


PlatformsQuery = Annotated[MarketingQuery, Depends(_platforms_query)]
