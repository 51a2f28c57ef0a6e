"""The query parameters `date_from` and `date_to`, as days in the tenant's time zone."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query

from common.auth.principal import Principal
from common.clock import now
from common.db import Connection
from common.written_time import CalendarDay
from services.data_service.domain.day_range import DayRange, day_range
from services.data_service.store.tenant_settings import today

Day = Annotated[CalendarDay | None, Query(description="YYYY-MM-DD, inclusive, in the tenant's time zone")]


class Asked:
    """The dates of a request; by default the last 30 days."""

    def __init__(self, date_from: Day = None, date_to: Day = None) -> None:
        self.date_from = date_from
        self.date_to = date_to

    async def of(self, connection: Connection, caller: Principal, *, with_today: bool = False) -> DayRange:
        """Resolve the range in the tenant's zone; a missing end is yesterday, or today with `with_today`."""
        day = await today(connection, caller.tenant_id, now())
        return day_range(self.date_from, self.date_to, day + timedelta(days=with_today))


Days = Annotated[Asked, Depends()]
