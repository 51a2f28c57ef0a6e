"""The tables of events' figures: their columns, and what the refresh keeps in them of a day."""

import json
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.marketing_tables import Rows, Span


class Table(NamedTuple):
    """The columns of a table's key, the others, and which of its rows are of a day ($1: tenant, $2: day)."""

    keys: tuple[str, ...]
    others: tuple[str, ...]
    of_day: str = "day = $2"


_COUNTS: Final = ("events", "page_views", "add_to_carts", "searches", "failed_searches")
_VISITS: Final = ("sessions", "bought_sessions", "page_views", "purchases", "revenue")
_PRODUCT: Final = ("item_id", "item_name", "views", "add_to_carts", "purchases")
_OWNER: Final = ("user_id", "u", "row_location_id", "location_id")
_BEGINS: Final = "(select auth.day_start({}, t.time_zone) from auth.tenant t where t.tenant_id = $1)"
_WITHIN: Final = f"{{0}} >= {_BEGINS.format('$2')} and {{0}} < {_BEGINS.format('$2::date + 1')}"
EVENT_TABLES: Final = {
    "visit_day": Table(
        ("user_pseudo_id", "day", "user_id", "row_location_id"), ("u", "location_id", *_COUNTS, "last_ts")
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
            *("day", "first_ts", "first_id", "last_ts", *_OWNER, "last_user_id", "last_row_location_id"),
            *("last_location_id", "page_views", "bought", "viewed", "prev_day", "prev2_day", "next_day", "task_key"),
            *("source", "medium", "campaign", "channel"),
        ),
    ),
    "open_cart": Table(
        ("user_pseudo_id", "session_id"),
        (
            *("day", "last_ts", *_OWNER, "items", "amount", "value", "foreign_rows", "foreign_amounts", "rates"),
            *("next_buy_ts", "task_key"),
        ),
    ),
    "session_search": Table(
        ("user_pseudo_id", "session_id", "search_term"),
        ("day", "first_ts", "last_ts", *_OWNER, "searches", "no_result_searches", "outcome", "task_key"),
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
            *("day", "event_ts", "user_pseudo_id", *_OWNER, "amount", "currency", "rate", "value", "items"),
            *("task_key", "session_id"),
        ),
    ),
    "day_total": Table(
        ("location_id", "day"),
        (
            *(*_COUNTS, "sessions", "bought_sessions", "purchases", "revenue", "abandoned_carts", "abandoned_value"),
            *("foreign_rows", "foreign_amounts", "last_ts", "fresh", "second"),
        ),
    ),
    "product_day": Table(("day", "item_key"), _PRODUCT),
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
    "traffic_hour": Table(("hour", "channel"), _VISITS, _WITHIN.format("hour")),
    "traffic_day": Table(("day", "channel"), (*_VISITS, "told_by_vendor")),
}
# The sums over months of days' tables: by the same key, with the month in the day's place.
MONTH_TABLES: Final = {
    "product_month": Table(("month", "item_key"), _PRODUCT, "month = $2"),
    "traffic_month": Table(("month", "channel"), (*_VISITS, "vendor_days"), "month = $2"),
    "search_term_month": Table(("month", "term_key"), ("search_term", "searches", "no_result_searches"), "month = $2"),
    "item_sale_month": Table(
        ("month", "item_key"), ("item_id", "item_name", "quantity", "revenue", "purchases"), "month = $2"
    ),
}
_JSON: Final = ("viewed", "items", "foreign_amounts", "rates", "unconverted")


async def kept_day(connection: Connection, tenant_id: UUID, day: date) -> dict[str, Rows]:
    """The rows of a day's tables, as the refresh keeps them."""
    return {name: await _kept(connection, name, table, tenant_id, day) for name, table in EVENT_TABLES.items()}


async def recount_follow_ups(connection: Connection, tenant_id: UUID, day: date) -> Rows:
    """The rows that follow_up should have of a day, from what was told, worked and bought."""
    table = EVENT_TABLES["follow_up"]
    columns = _columns(table)
    statement = f"select {columns} from analytics.recount_follow_ups($1, $2, $2)"  # noqa: S608 -- own names
    return _rows(table, await connection.fetch(statement, tenant_id, day))


async def kept_month(connection: Connection, tenant_id: UUID, month: date) -> dict[str, Rows]:
    """The rows of a month's tables, as the refresh keeps them."""
    return {name: await _kept(connection, name, table, tenant_id, month) for name, table in MONTH_TABLES.items()}


async def get_tops_until(connection: Connection, tenant_id: UUID) -> date | None:
    """Before which month what was searched and sold is summed; None: never yet."""
    return await connection.fetchval("select tops_until from analytics.rollup_state where tenant_id = $1", tenant_id)


async def kept_beside(connection: Connection, tenant_id: UUID, table: str, days: Span, month: date) -> Rows:
    """What is kept of a month's days that are not among these."""
    columns = EVENT_TABLES[table]
    statement = _select(table, columns)
    statement += (
        " where tenant_id = $1 and day >= $2 and day < ($2::date + interval '1 month')::date"
        " and day not between $3 and $4"
    )
    return _rows(columns, await connection.fetch(statement, tenant_id, month, *days))


async def kept_of_no_device(connection: Connection, tenant_id: UUID) -> Rows:
    """Rows of device_user of which no day knows the device."""
    columns = EVENT_TABLES["device_user"]
    statement = _select("device_user", columns)
    statement += (
        " d where d.tenant_id = $1 and not exists (select from analytics.visit_day v"
        " where v.tenant_id = $1 and v.user_pseudo_id = d.user_pseudo_id)"
    )
    return _rows(columns, await connection.fetch(statement, tenant_id))


def canonical(value: Any) -> str | None:
    """JSON as text that is the same for the same lines in any order, with numbers as decimals."""
    return None if value is None else json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return sorted((_plain(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value


async def _kept(connection: Connection, name: str, table: Table, tenant_id: UUID, day: date) -> Rows:
    statement = f"{_select(name, table)} where tenant_id = $1 and {table.of_day}"
    return _rows(table, await connection.fetch(statement, tenant_id, day))


def _select(name: str, table: Table) -> str:
    return f"select {_columns(table)} from analytics.{name}"  # noqa: S608 -- own names


def _columns(table: Table) -> str:
    return ", ".join(f"{column}::text" if column in _JSON else column for column in (*table.keys, *table.others))


def _rows(table: Table, rows: Collection[Any]) -> Rows:
    columns = (*table.keys, *table.others)
    at = [place for place, column in enumerate(columns) if column in _JSON]
    found: Rows = {}
    for row in rows:
        values = list(row)
        for place in at:
            values[place] = None if values[place] is None else canonical(json.loads(values[place], parse_float=Decimal))
        found[tuple(values[: len(table.keys)])] = tuple(values[len(table.keys) :])
    return found
