"""The query parameters of the task lists."""

from typing import Annotated, NamedTuple

from fastapi import Depends

from common.auth.principal import Principal
from common.db import Connection
from common.pagination import Page, PageParams
from services.analytics_service.api.query import Day, LocationId, SearchText
from services.analytics_service.domain.date_range import date_range
from services.analytics_service.domain.task_change import lies_within
from services.analytics_service.errors import BranchNotYours
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.task_kinds import ListedStatus
from services.analytics_service.store.tasks import TaskFilter, TaskOption
from services.analytics_service.store.tenants import today


class TaskQuery(NamedTuple):
    """The parameters as the caller sent them."""

    page: PageParams
    start_date: Day
    end_date: Day
    location_id: str | None
    status: ListedStatus | None
    query: str | None

    async def filter_for(self, connection: Connection, caller: Principal, option: TaskOption) -> TaskFilter:
        """Return the filter for the database: with a checked range of days, and only branches that the caller may see.

        Raises:
            DatesInvalid: the dates are not a valid range.
            BranchNotYours: the caller is limited to branches and named another one.
        """
        if self.start_date and self.end_date:
            days = date_range(self.start_date, self.end_date, self.end_date)
        else:
            days = await self._default_days(connection, caller)
        own = caller.readable_branches
        if self.location_id is None:
            return TaskFilter(days, own, self.status, self._text(), option)
        if not lies_within(self.location_id, own):
            raise BranchNotYours
        return TaskFilter(days, (self.location_id,), self.status, self._text(), option)

    async def _default_days(self, connection: Connection, caller: Principal) -> DateRange:
        return date_range(self.start_date, self.end_date, await today(connection, caller.tenant_id))

    def _text(self) -> str | None:
        """The text to search for; None if it is blank."""
        return (self.query or "").strip() or None


async def task_query(
    page: Page,
    start_date: Day = None,
    end_date: Day = None,
    location_id: LocationId = None,
    status: ListedStatus | None = None,
    query: SearchText = None,
) -> TaskQuery:
    """Read the parameters. Defaults: the last 7 whole days, and tasks that are open or whose snooze has ended."""
    return TaskQuery(page, start_date, end_date, location_id, status, query)


TaskParameters = Annotated[TaskQuery, Depends(task_query)]
