"""Statements for the four task lists."""

from datetime import date
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from common.pagination import PageParams
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.task_kinds import ListedStatus, TaskKind

_FUNCTIONS: dict[TaskKind, str] = {
    "purchases": "get_purchase_tasks",
    "cart-abandonment": "get_cart_abandonment_tasks",
    "search-analysis": "get_search_analysis_tasks",
    "repeat-visits": "get_repeat_visit_tasks",
}


# recovery_hours or include_converted, depending on the kind; None for a kind that has neither.
TaskOption: TypeAlias = int | bool | None


class TaskFilter(NamedTuple):
    """The filter of a task list; None: not filtered by this."""

    days: DateRange
    locations: tuple[str, ...] | None = None
    status: ListedStatus | None = None
    query: str | None = None
    option: TaskOption = None


class TaskPage(NamedTuple):
    """The rows of one page; and of all pages the number of tasks, their value, and money without an exchange rate."""

    rows: list[Any]
    total: int
    total_value: Any
    unconverted_rows: int
    unconverted: Any
    unconverted_days: list[date]


_EMPTY_PAGE = TaskPage([], 0, 0, 0, None, [])


async def list_tasks(
    connection: Connection, tenant_id: UUID, kind: TaskKind, task_filter: TaskFilter, page: PageParams
) -> TaskPage:
    """Return one page of a task list, sorted by value, then recency, then key."""
    found = await _call(connection, tenant_id, kind, task_filter, page.limit, page.offset)
    if found.rows or not page.offset:
        return found
    # Every row carries the totals. Past the last page there are no rows, so they are taken from the first row.
    first = await _call(connection, tenant_id, kind, task_filter, 1, 0)
    return first._replace(rows=[])


async def _call(
    connection: Connection, tenant_id: UUID, kind: TaskKind, task_filter: TaskFilter, limit: int, offset: int
) -> TaskPage:
    values: list[Any] = [
        tenant_id,
        *task_filter.days,
        task_filter.locations,
        task_filter.status,
        task_filter.query,
        limit,
        offset,
    ]
    if task_filter.option is not None:
        values.append(task_filter.option)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    rows = await connection.fetch(f"select * from analytics.{_FUNCTIONS[kind]}({places})", *values)  # noqa: S608 -- own names
    if not rows:
        return _EMPTY_PAGE
    first = rows[0]
    return TaskPage(
        rows,
        first["total"],
        first["total_value"],
        first["unconverted_rows"],
        raw_jsonb(first["unconverted"]),
        first["unconverted_days"],
    )
