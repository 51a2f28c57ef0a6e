"""Reads a day's events and everything else that its aggregates are counted from."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from common.db import Connection
from services.analytics_service.store.raw_events import Event, Purchase, RawDay, Trace
from services.analytics_service.store.raw_rows import Rules

# The columns that not every table has: search term, transaction, value, currency, items.
_NONE: Final = "null::text, null::text, null::numeric, null::text, null::text"
_SEARCH: Final = "e.search_term, null::text, null::numeric, null::text, null::text"
_ITEMS: Final = "null::text, null::text, e.value, e.currency, e.items::text"
_TABLES: Final = {
    "page_view": _NONE,
    "view_item": _ITEMS,
    "add_to_cart": _ITEMS,
    "purchase": "null::text, e.transaction_id, e.value, e.currency, e.items::text",
    "view_search_results": _SEARCH,
    "no_search_results": _SEARCH,
    "other_event": _ITEMS,
}


def _select(table: str, joined: str) -> str:
    kind = "e.event_name" if table == "other_event" else f"'{table}'"
    return (
        f"select {kind}, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id,"  # noqa: S608 -- own names
        " e.location_id,"
        f" {_TABLES[table]}, e.page_location, e.extra::text, e.road::int from {joined}"
    )


def _everywhere(condition: str) -> str:
    return " union all ".join(
        "select e.user_pseudo_id, e.session_id, e.user_id, e.event_ts, e.event_id"  # noqa: S608 -- own names
        f" from data.{table} e where e.tenant_id = $1 and {condition}"
        for table in _TABLES
    )


async def read_raw_day(connection: Connection, tenant_id: UUID, day: date, rules: Rules) -> RawDay:
    """Read everything that the tables of this day are counted from. No table that the refresh writes is read."""
    zone, currency, starts_at, ends_at = await connection.fetchrow(  # pyright: ignore[reportGeneralTypeIssues] -- the caller's tenant
        "select time_zone, upper(currency), auth.day_start($2, time_zone), auth.day_start($2::date + 1, time_zone)"
        " from auth.tenant where tenant_id = $1",
        tenant_id,
        day,
    )
    raw = RawDay(day, ZoneInfo(zone), starts_at, currency, rules)
    raw.rows = await _rows_of(connection, tenant_id, starts_at, ends_at)
    raw.rest_of_sessions = await _rest_of_sessions(connection, tenant_id, raw.rows, starts_at, ends_at)
    raw.first_purchases = await _first_purchases(connection, tenant_id, raw.rows)
    await _add_traces(connection, tenant_id, raw, zone)
    user_ids = {name for row in (*raw.rows, *raw.rest_of_sessions) for name in (row.device, row.user_id) if name}
    user_ids |= {trace.user_id for trace in raw.traces if trace.user_id}
    raw.homes = dict(
        await connection.fetch(
            "select user_id, location_id from data.users where tenant_id = $1 and user_id = any($2)",
            tenant_id,
            list(user_ids),
        )
    )
    raw.rates = dict(
        await connection.fetch(
            "select upper(currency), rate from data.fx_rate where tenant_id = $1 and base = $2 and day = $3",
            *(tenant_id, currency, day),
        )
    )
    raw.vendor_channels = [
        (row[0], int(row[1]))
        for row in await connection.fetch(
            "select channel, sum(sessions) from data.channel_day where tenant_id = $1 and day = $2 group by 1",
            *(tenant_id, day),
        )
    ]
    return raw


async def _rows_of(connection: Connection, tenant_id: UUID, starts_at: datetime, ends_at: datetime) -> list[Event]:
    found: list[Event] = []
    for table in _TABLES:
        statement = (
            _select(table, f"data.{table} e") + " where e.tenant_id = $1 and e.event_ts >= $2 and e.event_ts < $3"
        )
        found += [Event(*row) for row in await connection.fetch(statement, tenant_id, starts_at, ends_at)]
    return found


async def _rest_of_sessions(
    connection: Connection, tenant_id: UUID, rows: list[Event], starts_at: datetime, ends_at: datetime
) -> list[Event]:
    sessions = list({(row.device, row.session_id) for row in rows if row.device and row.session_id})
    devices, ids = [session[0] for session in sessions], [session[1] for session in sessions]
    found: list[Event] = []
    for table in _TABLES:
        joined = (
            "unnest($2::text[], $3::text[]) as s (device, session_id)"
            f" inner join data.{table} e"
            " on e.tenant_id = $1 and e.user_pseudo_id = s.device and e.session_id = s.session_id"
        )
        statement = _select(table, joined) + " where e.event_ts < $4 or e.event_ts >= $5"
        rows_found = await connection.fetch(statement, tenant_id, devices, ids, starts_at, ends_at)
        found += [Event(*row) for row in rows_found]
    return found


async def _first_purchases(connection: Connection, tenant_id: UUID, rows: list[Event]) -> list[Event]:
    joined = "(select distinct on (p.transaction_id) p.* from data.purchase p"
    joined += " where p.tenant_id = $1 and p.transaction_id = any($2)"
    joined += " order by p.transaction_id, p.event_ts, p.event_id) e"
    transactions = list({row.transaction_id for row in rows if row.kind == "purchase"})
    return [Event(*row) for row in await connection.fetch(_select("purchase", joined), tenant_id, transactions)]


async def _add_traces(connection: Connection, tenant_id: UUID, raw: RawDay, zone: str) -> None:
    """Add the traces of the day's devices, and of all other devices of the users seen on these or on this day.

    If a user and a device have the same id, they are treated as one.
    """
    devices = {row.device for row in raw.rows if row.device}
    raw.traces = await _traces(connection, tenant_id, zone, devices, ())
    names = devices | {row.user_id for row in (*raw.rows, *raw.traces) if row.user_id}
    seen_on = await connection.fetch(
        "select user_pseudo_id, user_id from data.user_device where tenant_id = $1 and user_id = any($2)",
        tenant_id,
        list(names),
    )
    without_device = {row[1] for row in seen_on if not row[0]}
    others = (names | {row[0] for row in seen_on if row[0]}) - devices
    raw.traces += await _traces(connection, tenant_id, zone, others, without_device)
    purchases = await connection.fetch(
        "select event_ts, user_pseudo_id, user_id from data.purchase where tenant_id = $1 and user_pseudo_id = any($2)"
        " union all select event_ts, null, user_id from data.purchase"
        " where tenant_id = $1 and user_pseudo_id is null and user_id = any($3)",
        *(tenant_id, list(devices | others), list(without_device)),
    )
    raw.purchases = [Purchase(*row) for row in purchases]


async def _traces(
    connection: Connection, tenant_id: UUID, zone: str, devices: Collection[str], users: Collection[str]
) -> list[Trace]:
    source = _everywhere("e.user_pseudo_id = any($2)")
    values: list[Any] = [tenant_id, list(devices), zone]
    if users:
        source += " union all " + _everywhere("e.user_pseudo_id is null and e.user_id = any($4)")
        values.append(list(users))
    rows = await connection.fetch(
        "select x.user_pseudo_id, x.session_id, x.user_id, (x.event_ts at time zone $3)::date,"  # noqa: S608 -- own names
        f" min(x.event_ts), (array_agg(x.event_id order by x.event_ts, x.event_id))[1] from ({source}) x"
        " group by 1, 2, 3, 4",
        *values,
    )
    return [Trace(*row) for row in rows]
