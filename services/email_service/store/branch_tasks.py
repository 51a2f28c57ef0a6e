"""Read the tasks and visits of branches from analytics."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from common.db import Connection
from services.email_service.store.branch_task import BranchTask, Line, Viewed


class _Item(msgspec.Struct):
    item_id: str | None = None
    item_name: str | None = None
    quantity: Decimal = Decimal(1)
    value: Decimal | None = None


class _TopProduct(msgspec.Struct):
    item_id: str | None = None
    item_name: str | None = None
    views: int = 1


class BranchDay(NamedTuple):
    """The visits on the 14 days that end with a day, oldest first, and the time of that day's last event."""

    visits: tuple[int, ...]
    last_event_at: datetime | None


async def tasks_by_branch(
    connection: Connection,
    tenant_id: UUID,
    day: date,
    as_of: datetime,
    branch_codes: list[str],
    *,
    settled: bool = False,
) -> dict[str, list[BranchTask]]:
    """Return the tasks of a day's report as of an instant, by branch; with `settled`, the tasks that it leaves out.

    Settled tasks are done, dismissed, or snoozed beyond that day.
    """
    rows = await connection.fetch(
        "select r.*, o.user_id as own_user_id from analytics.get_branch_report_tasks($1, $2, $3) r"
        " cross join auth.tenant t"
        " left join lateral analytics.task_origin($1, r.kind, r.task_key) o on true"
        " where t.tenant_id = $1 and r.location_id = any($4)"
        " and (r.status in ('open', 'not_reached')"
        " or r.status = 'snoozed' and r.snooze_until <= ($3 at time zone t.time_zone)::date) <> $5",
        tenant_id,
        day,
        as_of,
        branch_codes,
        settled,
    )
    by_branch: dict[str, list[BranchTask]] = defaultdict(list)
    for row in rows:
        by_branch[row["location_id"]].append(_task(row))
    return by_branch


async def days_by_branch(connection: Connection, tenant_id: UUID, day: date) -> dict[str, BranchDay]:
    """Return the visits of every branch on the 14 days that end with a day."""
    rows = await connection.fetch(
        "select location_id, visits, last_event_at from analytics.get_branch_report_days($1, $2)", tenant_id, day
    )
    return {row["location_id"]: BranchDay(tuple(row["visits"]), row["last_event_at"]) for row in rows}


async def branch_name(connection: Connection, tenant_id: UUID, branch_code: str) -> str | None:
    """Return the branch's name in the company's list, or its code if it has data, or else None."""
    return await connection.fetchval(
        "select coalesce("
        "(select l.location_name from data.locations l where l.tenant_id = $1 and l.location_id = $2),"
        " (select t.location_id from analytics.day_total t where t.tenant_id = $1 and t.location_id = $2 limit 1))",
        tenant_id,
        branch_code,
    )


def _task(row: asyncpg.Record) -> BranchTask:
    items = msgspec.json.decode(row["items"], type=list[_Item]) if row["items"] else []
    viewed = msgspec.json.decode(row["top_products"], type=list[_TopProduct]) if row["top_products"] else []
    session = f"{row['user_pseudo_id']} {row['session_id']}" if row["session_id"] else None
    return BranchTask(
        kind=row["kind"],
        task_key=row["task_key"],
        # A sale without a known customer counts as its own customer.
        user_key=row["u"] or row["task_key"],
        last_activity_at=row["last_activity_at"],
        company=row["company"],
        email=row["email"],
        cell_phone=row["cell_phone"],
        office_phone=row["office_phone"],
        session=session,
        value=row["value"],
        currency=row["currency"],
        lines=tuple(_line(item) for item in items),
        search_term=row["search_term"],
        searches=row["no_result_searches"] or 0,
        sessions=row["sessions"] or 0,
        products_viewed=row["products_viewed"] or 0,
        top_products=tuple(Viewed(found.item_name or found.item_id or "", found.views) for found in viewed),
        visit_days=tuple(row["visit_days"] or ()),
        last_order_at=row["last_order_at"],
        last_order_value=row["last_order_value"],
        last_order_currency=row["last_order_currency"],
        user_pseudo_id=row["user_pseudo_id"],
        user_id=row["own_user_id"],
    )


def _line(item: _Item) -> Line:
    name = item.item_name or item.item_id or ""
    return Line(item.item_id or name, name, item.quantity, item.value)
