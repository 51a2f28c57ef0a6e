"""Statements for the closed loop: recovered follow-ups and the hold-out."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import raw_jsonb
from services.analytics_service.store.day_range import DateRange


class Recovered(NamedTuple):
    """The follow-ups of a group, how many of them were recovered, and the revenue recovered.

    `group` is the branch, rep, kind or day that its list is grouped by; `name` is that of the branch or rep.
    """

    group: Any
    name: str | None
    tasks: int
    recovered: int
    revenue: Any


class Recovery(NamedTuple):
    """The closed loop's totals, its parts by `branch`, `rep`, `reason` and `day`, and unconverted money."""

    total: Recovered
    parts: dict[str, list[Recovered]]
    unconverted_rows: int
    unconverted: Any
    unconverted_days: list[date]


class Arm(NamedTuple):
    """Sums over the customers of one side of a hold-out, from which its rate and variance follow."""

    customers: int
    tasks: int
    recovered: int
    tasks_squared: int
    recovered_squared: int
    tasks_recovered: int


_GROUP_COLUMN = {"branch": "location_id", "rep": "rep", "reason": "kind", "day": "day"}
_NAME_COLUMN = {"branch": "location_name", "rep": "rep_name"}
_EMPTY_ARM = Arm(0, 0, 0, 0, 0, 0)


async def get_recovery(
    connection: Connection, tenant_id: UUID, days: DateRange, locations: tuple[str, ...] | None
) -> Recovery:
    """Return the results of the days' follow-ups, of these branches only (None: of all)."""
    parts: dict[str, list[Recovered]] = {part: [] for part in _GROUP_COLUMN}
    rows = await connection.fetch("select * from analytics.get_recovery($1, $2, $3, $4)", tenant_id, *days, locations)
    total, unconverted_rows, unconverted = Recovered(None, None, 0, 0, 0), 0, None
    unconverted_days: list[date] = []
    for row in rows:
        by = row["grouped_by"]
        figures = row["tasks"], row["recovered"], row["revenue"]
        if by == "total":
            total = Recovered(None, None, *figures)
            unconverted_rows, unconverted = row["unconverted_rows"], raw_jsonb(row["unconverted"])
            unconverted_days = row["unconverted_days"]
        else:
            parts[by].append(
                Recovered(row[_GROUP_COLUMN[by]], row[_NAME_COLUMN[by]] if by in _NAME_COLUMN else None, *figures)
            )
    return Recovery(total, parts, unconverted_rows, unconverted, unconverted_days)


async def get_hold_out(
    connection: Connection, tenant_id: UUID, days: DateRange, locations: tuple[str, ...] | None
) -> tuple[Arm, Arm]:
    """Return two arms: customers who were emailed while others were held out, and those who were held out."""
    rows = await connection.fetch("select * from analytics.get_hold_out($1, $2, $3, $4)", tenant_id, *days, locations)
    arms = {row["is_held_out"]: Arm(*list(row.values())[1:]) for row in rows}
    return arms.get(False, _EMPTY_ARM), arms.get(True, _EMPTY_ARM)
