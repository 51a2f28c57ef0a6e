"""The event aggregates: their columns, and reading the rows that the refresh stored for a day or month."""

import json
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.marketing_tables import Rows, Span


class Table(NamedTuple):
    """A table's key columns, its other columns, and the condition for the rows of a day ($1: tenant, $2: day)."""

    keys: tuple[str, ...]
    others: tuple[str, ...]
    of_day: str = "day = $2"


_COUNT_COLUMNS: Final = ("events", "page_views", "add_to_carts", "searches", "failed_searches")
_TRAFFIC_COLUMNS: Final = ("sessions", "bought_sessions", "page_views", "purchases", "revenue")
_PRODUCT_COLUMNS: Final = ("item_id", "item_name", "views", "add_to_carts", "purchases")
_USER_COLUMNS: Final = ("user_id", "u", "row_location_id", "location_id")
_DAY_START: Final = "(select auth.day_start({}, t.time_zone) from auth.tenant t where t.tenant_id = $1)"
_WITHIN: Final = f"{{0}} >= {_DAY_START.format('$2')} and {{0}} < {_DAY_START.format('$2::date + 1')}"
EVENT_TABLES: Final = {
    "visit_day": Table(
        ("user_pseudo_id", "day", "user_id", "row_location_id"), ("u", "location_id", *_COUNT_COLUMNS, "last_ts")
    ),
    "user_day": Table(("u", "day"), ("prev_day",)),
    "device_user": Table(
        ("user_pseudo_id",),
        ("user_id",),
        "user_pseudo_id in (select v.user_pseudo_id from analytics.visit_day v where v.tenant_id = $1 and v.day = $2)",
    ),
    "session": Table(
        ("user_pseudo_id", "session_id"),
        (
            *("day", "first_ts", "first_id", "last_ts", *_USER_COLUMNS, "last_user_id", "last_row_location_id"),
            *("last_location_id", "page_views", "bought", "viewed", "prev_day", "prev2_day", "next_day", "task_key"),
            *("source", "medium", "campaign", "channel"),
        ),
    ),
    "open_cart": Table(
        ("user_pseudo_id", "session_id"),
        (
            *("day", "last_ts", *_USER_COLUMNS, "items", "amount", "value", "foreign_rows", "foreign_amounts", "rates"),
            *("next_buy_ts", "task_key"),
        ),
    ),
    "session_search": Table(
        ("user_pseudo_id", "session_id", "search_term"),
        ("day", "first_ts", "last_ts", *_USER_COLUMNS, "searches", "no_result_searches", "outcome", "task_key"),
    ),
    "buy": Table(
        ("event_ts", "event_id"), ("user_pseudo_id", "user_id", "u", "transaction_id"), _WITHIN.format("event_ts")
    ),
    "refund": Table(
        ("event_ts", "event_id"),
        ("user_pseudo_id", "user_id", "transaction_id", "amount", "currency"),
        _WITHIN.format("event_ts"),
    ),
    "sale": Table(
        ("transaction_id",),
        (
            *("day", "event_ts", "user_pseudo_id", *_USER_COLUMNS, "amount", "currency", "rate", "value", "items"),
            *("task_key", "session_id"),
        ),
    ),
    "day_total": Table(
        ("location_id", "day"),
        (
            *(
                *_COUNT_COLUMNS,
                "sessions",
                "bought_sessions",
                "purchases",
                "revenue",
                "abandoned_carts",
                "abandoned_value",
            ),
            *("foreign_rows", "foreign_amounts", "last_ts", "fresh", "second"),
        ),
    ),
    "product_day": Table(("day", "item_key"), _PRODUCT_COLUMNS),
    "follow_up": Table(
        ("is_compared", "task_key"),
        (
            *(
                "kind",
                "at",
                "day",
                "location_id",
                "rep",
                "is_held_out",
                "last_activity_at",
                "user_pseudo_id",
                "user_id",
            ),
            *("u", "is_recovered", "revenue", "unconverted"),
        ),
    ),
    "follow_up_total": Table(("day", "location_id", "rep", "kind"), ("tasks", "recovered", "revenue", "unconverted")),
    "traffic_hour": Table(("hour", "channel"), _TRAFFIC_COLUMNS, _WITHIN.format("hour")),
    "traffic_day": Table(("day", "channel"), (*_TRAFFIC_COLUMNS, "told_by_vendor")),
}
# Monthly sums of daily tables, with the same key but the month instead of the day.
MONTH_TABLES: Final = {
    "product_month": Table(("month", "item_key"), _PRODUCT_COLUMNS, "month = $2"),
    "traffic_month": Table(("month", "channel"), (*_TRAFFIC_COLUMNS, "vendor_days"), "month = $2"),
    "search_term_month": Table(("month", "term_key"), ("search_term", "searches", "no_result_searches"), "month = $2"),
    "item_sale_month": Table(
        ("month", "item_key"), ("item_id", "item_name", "quantity", "revenue", "purchases"), "month = $2"
    ),
}
_JSON_COLUMNS: Final = ("viewed", "items", "foreign_amounts", "rates", "unconverted")


async def read_stored_day(connection: Connection, tenant_id: UUID, day: date) -> dict[str, Rows]:
    """Return the rows that the refresh stored for a day, by table."""
    return {name: await _stored(connection, name, table, tenant_id, day) for name, table in EVENT_TABLES.items()}


async def recount_follow_ups(connection: Connection, tenant_id: UUID, day: date) -> Rows:
    """Return the rows that follow_up should have for a day, counted from reports, worked tasks and purchases."""
    table = EVENT_TABLES["follow_up"]
    columns = _columns(table)
    statement = f"select {columns} from analytics.recount_follow_ups($1, $2, $2)"  # noqa: S608 -- own names
    return _rows(table, await connection.fetch(statement, tenant_id, day))


async def read_stored_month(connection: Connection, tenant_id: UUID, month: date) -> dict[str, Rows]:
    """Return the rows that the refresh stored for a month, by table."""
    return {name: await _stored(connection, name, table, tenant_id, month) for name, table in MONTH_TABLES.items()}


async def get_tops_until(connection: Connection, tenant_id: UUID) -> date | None:
    """Return the month before which search terms and sold items are summed by month; None: not yet."""
    return await connection.fetchval("select tops_until from analytics.rollup_state where tenant_id = $1", tenant_id)


async def read_other_days(connection: Connection, tenant_id: UUID, table: str, days: Span, month: date) -> Rows:
    """Return a daily table's stored rows for the days of a month that are not among `days`."""
    columns = EVENT_TABLES[table]
    statement = _select(table, columns)
    statement += (
        " where tenant_id = $1 and day >= $2 and day < ($2::date + interval '1 month')::date"
        " and day not between $3 and $4"
    )
    return _rows(columns, await connection.fetch(statement, tenant_id, month, *days))


async def read_orphan_device_users(connection: Connection, tenant_id: UUID) -> Rows:
    """Return the rows of device_user whose device occurs on no day."""
    columns = EVENT_TABLES["device_user"]
    statement = _select("device_user", columns)
    statement += (
        " d where d.tenant_id = $1 and not exists (select from analytics.visit_day v"
        " where v.tenant_id = $1 and v.user_pseudo_id = d.user_pseudo_id)"
    )
    return _rows(columns, await connection.fetch(statement, tenant_id))


def canonical(value: Any) -> str | None:
    """Return JSON as text that does not depend on the order of lines or on how numbers are written."""
    return None if value is None else json.dumps(_normalized(value), sort_keys=True, ensure_ascii=False)


def _normalized(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _normalized(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return sorted((_normalized(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value


async def _stored(connection: Connection, name: str, table: Table, tenant_id: UUID, day: date) -> Rows:
    statement = f"{_select(name, table)} where tenant_id = $1 and {table.of_day}"
    return _rows(table, await connection.fetch(statement, tenant_id, day))


def _select(name: str, table: Table) -> str:
    return f"select {_columns(table)} from analytics.{name}"  # noqa: S608 -- own names


def _columns(table: Table) -> str:
    return ", ".join(
        f"{column}::text" if column in _JSON_COLUMNS else column for column in (*table.keys, *table.others)
    )


def _rows(table: Table, rows: Collection[Any]) -> Rows:
    columns = (*table.keys, *table.others)
    json_indexes = [index for index, column in enumerate(columns) if column in _JSON_COLUMNS]
    found: Rows = {}
    for row in rows:
        values = list(row)
        for index in json_indexes:
            if values[index] is not None:
                values[index] = canonical(json.loads(values[index], parse_float=Decimal))
        found[tuple(values[: len(table.keys)])] = tuple(values[len(table.keys) :])
    return found
