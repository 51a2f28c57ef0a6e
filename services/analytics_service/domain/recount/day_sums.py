"""Counts a day's tables: totals, products and traffic by channel, from its rows, sessions, carts and sales."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from hashlib import md5
from typing import Any
from uuid import UUID

from services.analytics_service.domain.recount.carts import carts_of, sales_of
from services.analytics_service.domain.recount.day_rows import SEARCHES, DayRows
from services.analytics_service.domain.recount.lines import exact, lines_of, name_of, product_of
from services.analytics_service.domain.recount.refunds import refunds_of
from services.analytics_service.domain.recount.sessions import channel_of_visit, searches_of, sessions_of
from services.analytics_service.domain.recount.visit_origin import origin_of
from services.analytics_service.store.event_tables import EVENT_TABLES, canonical
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.raw_events import Event, RawDay

_HOUR = timedelta(hours=1)
_RECOVERY = timedelta(hours=72)
_ZERO = Fraction(0)
NamedRow = dict[str, Any]


def day_facts(raw: RawDay) -> dict[str, Rows]:
    """Return the rows that the tables should have for the day, by table."""
    day = DayRows(raw)
    users = {u for row in day.rows if (u := day.u_of(row)) is not None}
    devices = {row.device for row in day.rows if row.device}
    facts: dict[str, Rows] = {
        "visit_day": _visits(day),
        "user_day": {(u, raw.day): (day.active_before(u),) for u in users},
        "device_user": {(device,): (day.sole[device],) for device in devices if device in day.sole},
        "session": sessions_of(day),
        "open_cart": carts_of(day),
        "session_search": searches_of(day),
        "buy": {row.order: _buy(day, row) for row in day.rows if row.kind == "purchase"},
        "refund": refunds_of(day.rows),
        "sale": sales_of(day),
        "product_day": _products(day),
    }
    facts["day_total"] = _totals(day, facts)
    facts |= _traffic(day, facts)
    return facts


def _visits(day: DayRows) -> Rows:
    found: dict[tuple[str, date, str, str], list[Event]] = defaultdict(list)
    for row in day.rows:
        found[row.device or "", day.raw.day, row.user_id or "", row.location_id or ""].append(row)
    return {
        key: (day.u_of(rows[0]), day.location_of(rows[0]) or "", *_counts(rows), rows[-1].ts)
        for key, rows in found.items()
    }


def _counts(rows: list[Event]) -> tuple[int, ...]:
    kinds = [row.kind for row in rows]
    searches = sum(kind in SEARCHES for kind in kinds)
    return len(kinds), kinds.count("page_view"), kinds.count("add_to_cart"), searches, kinds.count("no_search_results")


def _buy(day: DayRows, row: Event) -> tuple[Any, ...]:
    return row.device or "", row.user_id, day.u_of(row), row.transaction_id


def _products(day: DayRows) -> Rows:
    found: dict[str, list[Any]] = defaultdict(lambda: [None, 0, 0, 0])
    places = {"view_item": 1, "add_to_cart": 2, "purchase": 3}
    sold = {row.transaction_id: row for row in day.raw.first_purchases if day.raw.day_of(row.ts) == day.raw.day}
    for row in (*(row for row in day.rows if row.kind != "purchase"), *sold.values()):
        held = {product_of(line) for line in lines_of(row.items)} if row.kind in places else set[str | None]()
        for product in held - {None}:
            found[product or ""][places[row.kind]] += 1
        for line in lines_of(row.items) if held else ():
            if (product := product_of(line)) is not None:
                names = (found[product][0], name_of(line))
                found[product][0] = max((name for name in names if name is not None), default=None)
    return {(day.raw.day, key_of(item)): (item, *row) for item, row in found.items()}


def key_of(item: str) -> UUID:
    """Return the fixed-length key of a product or search term."""
    return UUID(md5(item.encode()).hexdigest())  # noqa: S324 -- no secret


def _dicts(table: str, rows: Rows) -> list[NamedRow]:
    columns = (*EVENT_TABLES[table].keys, *EVENT_TABLES[table].others)
    return [dict(zip(columns, (*key, *row), strict=True)) for key, row in rows.items()]


def _totals(day: DayRows, facts: dict[str, Rows]) -> Rows:
    sales, sessions = _dicts("sale", facts["sale"]), _dicts("session", facts["session"])
    carts = [
        cart
        for cart in _dicts("open_cart", facts["open_cart"])
        if cart["next_buy_ts"] is None or cart["next_buy_ts"] > cart["last_ts"] + _RECOVERY
    ]
    rows_by_branch: dict[str, list[Event]] = defaultdict(list)
    for row in day.rows:
        if branch := day.location_of(row):
            rows_by_branch[branch].append(row)
    found: Rows = {}
    if day.rows:
        arrays = _visitors(day, facts["user_day"], sessions)
        found["", day.raw.day] = (*_total(day.rows, lambda _: True, sessions, sales, carts), *arrays)
    for branch, rows in rows_by_branch.items():
        is_here = _is_at(branch)
        visitors = _branch_visitors(day, rows, is_here, sessions)
        found[branch, day.raw.day] = (*_total(rows, is_here, sessions, sales, carts), *visitors)
    return found


def _is_at(branch: str) -> Callable[[NamedRow], bool]:
    return lambda row: row["location_id"] == branch


def _total(
    rows: list[Event],
    counts: Callable[[NamedRow], bool],
    sessions: list[NamedRow],
    sales: list[NamedRow],
    carts: list[NamedRow],
) -> tuple[Any, ...]:
    sessions, sales, carts = ([row for row in table if counts(row)] for table in (sessions, sales, carts))
    foreign: dict[str, Fraction] = defaultdict(Fraction)
    for sale in sales:
        if sale["value"] is None:
            foreign[sale["currency"]] += Fraction(sale["amount"])
    for cart in carts:
        for currency, amount in json.loads(cart["foreign_amounts"] or "{}").items():
            foreign[currency] += Fraction(amount)
    return (
        *_counts(rows),
        *(len(sessions), sum(session["bought"] for session in sessions), len(sales), exact(_revenue(sales))),
        *(len(carts), exact(sum((Fraction(cart["value"] or 0) for cart in carts), _ZERO))),
        sum(sale["value"] is None for sale in sales) + sum(cart["foreign_rows"] for cart in carts),
        canonical({currency: exact(amount) for currency, amount in foreign.items()} or None),
        max(row.ts for row in rows),
    )


def _revenue(sales: Iterable[NamedRow]) -> Fraction:
    converted = (sale for sale in sales if sale["value"] is not None)
    return sum((Fraction(sale["amount"]) * Fraction(sale["rate"] or 1) for sale in converted), _ZERO)


def _visitors(day: DayRows, users: Rows, sessions: list[NamedRow]) -> tuple[list[int] | None, list[int] | None]:
    """Return two lists by k: users not active on the k days before, and users whose second session since is today's.

    Summed over the days of a range, with k the number of days since its start, they give distinct visitors and repeat
    visitors.
    """
    if not users:
        return None, None
    gaps = [(day.raw.day - before).days for (before,) in users.values() if before]
    once, twice = (
        [(day.raw.day - session[name]).days for session in sessions if session[name]]
        for name in ("prev_day", "prev2_day")
    )
    ks = range(max([0, *gaps, *once, *twice]) + 1)
    fresh = [len(users) - sum(gap and gap <= k for gap in gaps) for k in ks]
    return fresh, [sum(gap <= k for gap in once) - sum(gap <= k for gap in twice) for k in ks]


def _branch_visitors(
    day: DayRows, rows: list[Event], counts: Callable[[NamedRow], bool], sessions: list[NamedRow]
) -> tuple[list[int], list[int]]:
    """Return how many users the branch had on this day, and how many had two or more sessions that began there."""
    sessions_of_user = Counter(session["u"] for session in sessions if counts(session))
    return [len({day.u_of(row) for row in rows} - {None})], [sum(count > 1 for count in sessions_of_user.values())]


def _traffic(day: DayRows, facts: dict[str, Rows]) -> dict[str, Rows]:
    channels = {key: row[-1] for key, row in facts["session"].items()}
    hours: dict[tuple[Any, str], list[Any]] = defaultdict(lambda: [0, 0, 0, 0, _ZERO])

    def add(ts: Any, channel: str, *figures: Any) -> None:
        row = hours[day.raw.starts_at + (ts - day.raw.starts_at) // _HOUR * _HOUR, channel]
        row[:] = [total + figure for total, figure in zip(row, figures, strict=True)]

    for session in _dicts("session", facts["session"]):
        add(session["first_ts"], session["channel"], 1, int(session["bought"]), session["page_views"], 0, _ZERO)
    for sale in _dicts("sale", facts["sale"]):
        key = (sale["user_pseudo_id"], sale["session_id"])
        channel = channels.get(key) or _channel_of_other_day(day, key)
        add(sale["event_ts"], channel, 0, 0, 0, 1, _revenue([sale]))
    days: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, _ZERO])
    for (_, channel), row in hours.items():
        days[channel][:] = [total + figure for total, figure in zip(days[channel], row, strict=True)]
    is_from_vendor = bool(day.raw.vendor_channels) and not facts["session"]
    for channel, sessions in day.raw.vendor_channels if is_from_vendor else ():
        days[channel][0] += sessions
    return {
        "traffic_hour": {key: (*row[:4], exact(row[4])) for key, row in hours.items()},
        "traffic_day": {(day.raw.day, key): (*row[:4], exact(row[4]), is_from_vendor) for key, row in days.items()},
    }


def _channel_of_other_day(day: DayRows, key: tuple[str, str]) -> str:
    """Return the channel of a session that began on another day."""
    rows = day.sessions.get(key)
    return channel_of_visit(origin_of(rows), day.raw.rules) if rows else "unassigned"
