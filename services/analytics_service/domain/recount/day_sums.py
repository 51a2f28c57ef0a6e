"""The figures of a day: totals, products and channels, added up from its rows, sessions, carts and sales."""

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
_NOTHING = Fraction(0)
Told = dict[str, Any]


def day_facts(raw: RawDay) -> dict[str, Rows]:
    """Every row of a day that the tables should hold."""
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
    """What a product goes by in an index."""
    return UUID(md5(item.encode()).hexdigest())  # noqa: S324 -- no secret


def _dicts(table: str, rows: Rows) -> list[Told]:
    columns = (*EVENT_TABLES[table].keys, *EVENT_TABLES[table].others)
    return [dict(zip(columns, (*key, *row), strict=True)) for key, row in rows.items()]


def _totals(day: DayRows, facts: dict[str, Rows]) -> Rows:
    sales, sessions = _dicts("sale", facts["sale"]), _dicts("session", facts["session"])
    carts = [
        cart
        for cart in _dicts("open_cart", facts["open_cart"])
        if cart["next_buy_ts"] is None or cart["next_buy_ts"] > cart["last_ts"] + _RECOVERY
    ]
    at: dict[str, list[Event]] = defaultdict(list)
    for row in day.rows:
        if place := day.location_of(row):
            at[place].append(row)
    found: Rows = {}
    if day.rows:
        arrays = _visitors(day, facts["user_day"], sessions)
        found["", day.raw.day] = (*_total(day.rows, lambda _: True, sessions, sales, carts), *arrays)
    for place, rows in at.items():
        here = _at(place)
        found[place, day.raw.day] = (*_total(rows, here, sessions, sales, carts), *_users(day, rows, here, sessions))
    return found


def _at(place: str) -> Callable[[Told], bool]:
    return lambda one: one["location_id"] == place


def _total(
    rows: list[Event],
    counts: Callable[[Told], bool],
    sessions: list[Told],
    sales: list[Told],
    carts: list[Told],
) -> tuple[Any, ...]:
    sessions, sales, carts = ([one for one in some if counts(one)] for some in (sessions, sales, carts))
    foreign: dict[str, Fraction] = defaultdict(Fraction)
    for sale in sales:
        if sale["value"] is None:
            foreign[sale["currency"]] += Fraction(sale["amount"])
    for cart in carts:
        for currency, amount in json.loads(cart["foreign_amounts"] or "{}").items():
            foreign[currency] += Fraction(amount)
    return (
        *_counts(rows),
        *(len(sessions), sum(one["bought"] for one in sessions), len(sales), exact(_revenue(sales))),
        *(len(carts), exact(sum((Fraction(one["value"] or 0) for one in carts), _NOTHING))),
        sum(one["value"] is None for one in sales) + sum(one["foreign_rows"] for one in carts),
        canonical({currency: exact(amount) for currency, amount in foreign.items()} or None),
        max(row.ts for row in rows),
    )


def _revenue(sales: Iterable[Told]) -> Fraction:
    known = (one for one in sales if one["value"] is not None)
    return sum((Fraction(one["amount"]) * Fraction(one["rate"] or 1) for one in known), _NOTHING)


def _visitors(day: DayRows, users: Rows, sessions: list[Told]) -> tuple[list[int] | None, list[int] | None]:
    """By k-1: users active on none of the k-1 days before; users whose second session since then is of this day."""
    if not users:
        return None, None
    gaps = [(day.raw.day - before).days for (before,) in users.values() if before]
    once, twice = (
        [(day.raw.day - one[name]).days for one in sessions if one[name]] for name in ("prev_day", "prev2_day")
    )
    ks = range(max([0, *gaps, *once, *twice]) + 1)
    fresh = [len(users) - sum(gap and gap <= k for gap in gaps) for k in ks]
    return fresh, [sum(gap <= k for gap in once) - sum(gap <= k for gap in twice) for k in ks]


def _users(
    day: DayRows, rows: list[Event], counts: Callable[[Told], bool], sessions: list[Told]
) -> tuple[list[int], list[int]]:
    """The users of a branch's day, and those with two sessions that began there on it."""
    begun = Counter(one["u"] for one in sessions if counts(one))
    return [len({day.u_of(row) for row in rows} - {None})], [sum(many > 1 for many in begun.values())]


def _traffic(day: DayRows, facts: dict[str, Rows]) -> dict[str, Rows]:
    channels = {key: row[-1] for key, row in facts["session"].items()}
    hours: dict[tuple[Any, str], list[Any]] = defaultdict(lambda: [0, 0, 0, 0, _NOTHING])

    def add(ts: Any, channel: str, *figures: Any) -> None:
        row = hours[day.raw.starts_at + (ts - day.raw.starts_at) // _HOUR * _HOUR, channel]
        row[:] = [one + more for one, more in zip(row, figures, strict=True)]

    for one in _dicts("session", facts["session"]):
        add(one["first_ts"], one["channel"], 1, int(one["bought"]), one["page_views"], 0, _NOTHING)
    for one in _dicts("sale", facts["sale"]):
        key = (one["user_pseudo_id"], one["session_id"])
        channel = channels.get(key) or _channel(day, key)
        add(one["event_ts"], channel, 0, 0, 0, 1, _revenue([one]))
    days: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, _NOTHING])
    for (_, channel), row in hours.items():
        days[channel][:] = [one + more for one, more in zip(days[channel], row, strict=True)]
    is_told = bool(day.raw.told_channels) and not facts["session"]
    for channel, sessions in day.raw.told_channels if is_told else ():
        days[channel][0] += sessions
    return {
        "traffic_hour": {key: (*row[:4], exact(row[4])) for key, row in hours.items()},
        "traffic_day": {(day.raw.day, key): (*row[:4], exact(row[4]), is_told) for key, row in days.items()},
    }


def _channel(day: DayRows, key: tuple[str, str]) -> str:
    """Of a session that began on another day."""
    rows = day.sessions.get(key)
    return channel_of_visit(origin_of(rows), day.raw.rules) if rows else "unassigned"
