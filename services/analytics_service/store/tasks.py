"""The four task functions of the database."""

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


# recovery_hours or include_converted, as the kind has it; None where it has neither.
TaskOption: TypeAlias = int | bool | None


class TaskFilter(NamedTuple):
    """Which tasks are asked for; None: no such filter."""

    days: DateRange
    locations: tuple[str, ...] | None = None
    status: ListedStatus | None = None
    query: str | None = None
    option: TaskOption = None


class TaskPage(NamedTuple):
    """Rows of one page, and what holds for all of them: how many, their value, and money without a rate."""

    rows: list[Any]
    total: int
    total_value: Any
    unconverted_rows: int
    unconverted: Any
    unconverted_days: list[date]


_NOTHING = TaskPage([], 0, 0, 0, None, [])


async def list_tasks(
    connection: Connection, tenant_id: UUID, kind: TaskKind, wanted: TaskFilter, page: PageParams
) -> TaskPage:
    """One page of a task list, sorted by value, then recency, then key."""
    found = await _call(connection, tenant_id, kind, wanted, page.limit, page.offset)
    if found.rows or not page.offset:
        return found
    # The totals stand on the rows: past the last page, the first row has them.
    first = await _call(connection, tenant_id, kind, wanted, 1, 0)
    return first._replace(rows=[])


async def _call(
    connection: Connection, tenant_id: UUID, kind: TaskKind, wanted: TaskFilter, limit: int, offset: int
) -> TaskPage:
    values: list[Any] = [tenant_id, *wanted.days, wanted.locations, wanted.status, wanted.query, limit, offset]
    if wanted.option is not None:
        values.append(wanted.option)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    rows = await connection.fetch(f"select * from analytics.{_FUNCTIONS[kind]}({places})", *values)  # noqa: S608 -- own names
    if not rows:
        return _NOTHING
    first = rows[0]
    return TaskPage(
        rows,
        first["total"],
        first["total_value"],
        first["unconverted_rows"],
        raw_jsonb(first["unconverted"]),
        first["unconverted_days"],
    )
