"""The reference: every analytics figure, computed from raw rows in the simplest way.

Nothing here uses the database's summaries: each answer walks over all rows of a tenant, as definitions.md says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

SEARCHES = ("view_search_results", "no_search_results")
ZERO = Fraction(0)


@dataclass(frozen=True)
class Row:
    """One stored event; absent values are None."""

    kind: str
    ts: datetime
    event_id: UUID
    device: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    location_id: str | None = None
    search_term: str | None = None
    transaction_id: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    items: tuple[dict[str, Any], ...] = ()
    origin: str = ""  # a key of tests/analytics_service/origins.py


@dataclass
class Company:
    """A tenant with everything stored about it."""

    rows: list[Row]
    zone: ZoneInfo
    currency: str
    homes: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    # What one unit of a currency was worth on a day in the company's currency.
    rates: dict[tuple[str, date], Decimal] = field(default_factory=dict[tuple[str, date], Decimal])


class Unconverted(NamedTuple):
    """Money whose days have no exchange rate: the number of rows, exact amounts by currency, and the days."""

    rows: int
    by_currency: dict[str, Fraction]
    days: list[date]


def in_time(row: Row) -> tuple[datetime, bytes]:
    """Return the key that orders rows: time, then the bytes of the event id."""
    return row.ts, row.event_id.bytes


def cents(amount: Fraction) -> Decimal:
    """Round half away from zero to two decimals."""
    scaled = abs(amount) * 100
    whole = (scaled + Fraction(1, 2)).__floor__()
    return Decimal(whole if amount >= 0 else -whole) / 100


def percent(part: int, whole: int) -> Decimal:
    """Return 100 · part / whole with one decimal; 0 if the whole is 0."""
    if whole == 0:
        return Decimal(0)
    return (Decimal(1000 * part) / Decimal(whole)).quantize(Decimal(1), ROUND_HALF_UP) / 10


@lru_cache(maxsize=10_000)
def exact(number: str) -> Fraction:
    """Return a number as it is written: the same few prices and quantities stand in most lines."""
    return Fraction(number)


def quantity_of(item: dict[str, Any]) -> Fraction:
    """Return an item's quantity; 1 if it is missing."""
    return Fraction(1) if item.get("quantity") is None else exact(str(item["quantity"]))


def amount_of(item: dict[str, Any]) -> Fraction:
    """Return price times quantity; 0 for an item without a price."""
    return exact(str(item.get("price") or 0)) * quantity_of(item)


def item_key(item: dict[str, Any]) -> str | None:
    """Return the id, else the name: lines with the same one are the same item."""
    return item.get("item_id") or item.get("item_name")


class Reference:
    """The answers about one company, from its present rows."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.rows = sorted(company.rows, key=in_time)
        seen: dict[str, set[str]] = defaultdict(set)
        for row in self.rows:
            if row.device and row.user_id:
                seen[row.device].add(row.user_id)
        self._sole = {device: next(iter(users)) for device, users in seen.items() if len(users) == 1}
        self.sessions: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.device and row.session_id:
                self.sessions[row.device, row.session_id].append(row)
        self.purchases = [row for row in self.rows if row.kind == "purchase"]
        self.bought: dict[str | None, list[datetime]] = defaultdict(list)
        for row in self.purchases:
            self.bought[self.u(row)].append(row.ts)
        self._day_of = {row.ts: row.ts.astimezone(company.zone).date() for row in self.rows}

    def u(self, row: Row) -> str | None:
        """Return the user key U of a row."""
        if row.user_id:
            return row.user_id
        return self._sole.get(row.device, row.device) if row.device else None

    def location(self, row: Row) -> str | None:
        """Return the row's own location, else its user's home."""
        key = self.u(row)
        return row.location_id or (self.company.homes.get(key) if key else None)

    def day(self, ts: datetime) -> date:
        """Return the tenant's day of an instant."""
        return self._day_of[ts]

    def midnight(self, day: date) -> datetime:
        """Return the instant at which a day begins."""
        return datetime(day.year, day.month, day.day, tzinfo=self.company.zone).astimezone(ZoneInfo("UTC"))

    def _currency(self, row: Row) -> str:
        return (row.currency or self.company.currency).upper()

    def _rate(self, currency: str, day: date) -> Fraction | None:
        """Return the rate of a day; None if the day has none."""
        if currency == self.company.currency:
            return Fraction(1)
        rate = self.company.rates.get((currency, day))
        return None if rate is None else Fraction(rate)

    def _who(self, row: Row) -> dict[str, Any]:
        key = self.u(row)
        known = bool(row.user_id) or key != row.device
        return {"u": key, "user_id": key if known else None, "user_pseudo_id": row.device}

    def transactions(self, start: date, end: date) -> dict[str, dict[str, Any]]:
        """Return the purchase tasks by transaction id."""
        return {key: sale.copy() for key, sale in self._sales.items() if start <= sale["day"] <= end}

    @cached_property
    def _sales(self) -> dict[str, dict[str, Any]]:
        first: dict[str, Row] = {}
        for row in self.purchases:
            first.setdefault(row.transaction_id or "", row)
        return {key: self._sale(row) for key, row in first.items()}

    def _sale(self, row: Row) -> dict[str, Any]:
        """Return a transaction in the company's currency at its day's rate; in its own if that day has no rate."""
        currency, day = self._currency(row), self.day(row.ts)
        rate = self._rate(currency, day)
        amount = Fraction(row.value or 0) * (rate or 1)
        return {
            **self._who(row),
            "day": day,
            "amount": amount,
            "value": None if rate is None else cents(amount),
            "currency": currency if rate is None else self.company.currency,
            "location_id": self.location(row),
            "last_activity_at": row.ts,
            "items": [
                (item_key(item), item.get("item_name"), quantity_of(item), cents(amount_of(item) * (rate or 1)))
                for item in row.items
            ],
        }

    def carts(self, start: date, end: date, recovery_hours: int = 72) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the cart-abandonment tasks by session."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for key, (last, cart) in self._open_carts.items():
            if not start <= cart["day"] <= end:
                continue
            until = last.ts + timedelta(hours=recovery_hours)
            if not any(last.ts < ts <= until for ts in self.bought.get(self.u(last), [])):
                found[key] = cart.copy()
        return found

    @cached_property
    def _open_carts(self) -> dict[tuple[str, str], tuple[Row, dict[str, Any]]]:
        """Return what each session left in its cart, whoever bought it later, with the row that added to it last."""
        found: dict[tuple[str, str], tuple[Row, dict[str, Any]]] = {}
        for key, rows in self.sessions.items():
            bought = max((row.ts for row in rows if row.kind == "purchase"), default=None)
            later = [row for row in rows if bought is None or row.ts > bought]
            lines = [row for row in later if row.kind == "add_to_cart"]
            if not lines:
                continue
            cart = self._open_lines(lines, [row for row in later if row.kind == "remove_from_cart"])
            if cart["items"]:
                last = lines[-1]
                cart |= self._who(last) | {"location_id": self.location(last), "last_activity_at": last.ts}
                found[key] = last, cart | {"bought_ts": bought}
        return found

    def _open_lines(self, lines: list[Row], removals: list[Row]) -> dict[str, Any]:
        added: dict[str | None, Fraction] = defaultdict(Fraction)
        removed: dict[str | None, Fraction] = defaultdict(Fraction)
        for rows, side in ((lines, added), (removals, removed)):
            for row in rows:
                for item in row.items:
                    side[item_key(item)] += quantity_of(item)
        left: dict[tuple[str | None, str], list[Fraction]] = defaultdict(lambda: [ZERO, ZERO])
        loose: list[tuple[str, Fraction]] = []
        for row in lines:
            currency = self._currency(row)
            if not row.items:
                loose.append((currency, Fraction(row.value or 0)))
            for item in row.items:
                key = item_key(item)
                if added[key] > removed[key]:
                    share = (added[key] - removed[key]) / added[key]
                    left[key, currency][0] += quantity_of(item) * share
                    left[key, currency][1] += amount_of(item) * share
        entries = [(key, currency, quantity, amount) for (key, currency), (quantity, amount) in left.items()]
        entries += [(None, currency, Fraction(1), amount) for currency, amount in loose]
        # The whole cart belongs to the day of its last line, and is converted at the rates of that day.
        day = self.day(lines[-1].ts)
        worth = [
            (key, quantity, None if (rate := self._rate(currency, day)) is None else amount * rate)
            for key, currency, quantity, amount in entries
        ]
        converted = [amount for _, _, amount in worth if amount is not None]
        foreign: dict[str, Fraction] = defaultdict(Fraction)
        for _, currency, _, amount in entries:
            if self._rate(currency, day) is None:
                foreign[currency] += amount
        unconverted_rows = sum(self._rate(self._currency(row), day) is None for row in lines)
        return {
            "day": day,
            "items": sorted(
                ((key, quantity, None if amount is None else cents(amount)) for key, quantity, amount in worth), key=str
            ),
            "value": cents(sum(converted, ZERO)) if converted else None,
            "foreign": dict(foreign),
            "foreign_rows": unconverted_rows if foreign else 0,
        }

    def searches(self, start: date, end: date, *, include_converted: bool = False) -> dict[tuple[str, str, str], Any]:
        """Return the search-analysis tasks by session and term."""
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for key, rows in self.sessions.items():
            for term, made in self._folded(rows).items():
                first = made[0]
                if not start <= self.day(first.ts) <= end:
                    continue
                failed = sum(row.kind == "no_search_results" for row in made)
                after = [row.kind for row in rows if row.ts >= first.ts]
                outcome = "unsuccessful"
                if failed:
                    outcome = "no_results"
                elif "purchase" in after:
                    outcome = "converted"
                elif "view_item" in after or "add_to_cart" in after:
                    outcome = "engaged"
                if outcome != "converted" or include_converted:
                    found[*key, term] = {
                        **self._who(first),
                        "searches": len(made),
                        "no_result_searches": failed,
                        "outcome": outcome,
                        "location_id": self.location(first),
                        "last_activity_at": made[-1].ts,
                    }
        return found

    @staticmethod
    def _folded(rows: list[Row]) -> dict[str, list[Row]]:
        made = [row for row in rows if row.kind in SEARCHES and row.search_term]
        terms = [row.search_term or "" for row in made]
        for at in range(len(terms) - 2, -1, -1):
            if (made[at + 1].search_term or "").startswith(terms[at]):
                terms[at] = terms[at + 1]
        folded: dict[str, list[Row]] = defaultdict(list)
        for row, term in zip(made, terms, strict=True):
            folded[term].append(row)
        return folded

    def _sessions_by_user(
        self, start: date, end: date, keep: Callable[[Row], bool] = lambda _: True
    ) -> dict[str, list[tuple[str, str]]]:
        by_user: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key, rows in sorted(self.sessions.items(), key=lambda pair: in_time(pair[1][0])):
            if start <= self.day(rows[0].ts) <= end and keep(rows[0]):
                by_user[self.u(rows[0]) or ""].append(key)
        return by_user

    def repeat_visits(self, start: date, end: date, recovery_hours: int = 72) -> dict[str, dict[str, Any]]:
        """Return the repeat-visit tasks by user key."""
        since = self.midnight(start - timedelta(days=7))
        until = self.midnight(end + timedelta(days=1)) + timedelta(hours=recovery_hours)
        buyers = {self.u(row) for row in self.purchases if since <= row.ts < until}
        found: dict[str, dict[str, Any]] = {}
        for user, keys in self._sessions_by_user(start, end).items():
            if len(keys) < 2 or user in buyers:
                continue
            views: dict[str, int] = defaultdict(int)
            names: dict[str, str] = {}
            first_seen: dict[str, datetime] = {}
            for row in (row for key in keys for row in self.sessions[key] if row.kind == "view_item"):
                for item in row.items:
                    product = item_key(item)
                    if product is not None:
                        views[product] += 1
                        first_seen[product] = min(first_seen.get(product, row.ts), row.ts)
                        names[product] = max(names.get(product, ""), item.get("item_name") or "")
            first, last = self.sessions[keys[-1]][0], self.sessions[keys[-1]][-1]
            found[user] = {
                **self._who(first),
                "session": keys[-1],
                "sessions": len(keys),
                "page_views": sum(row.kind == "page_view" for key in keys for row in self.sessions[key]),
                "products_viewed": len(views),
                "top_products": [
                    (product, names[product] or None, count)
                    for product, count in sorted(
                        views.items(), key=lambda pair: (-pair[1], first_seen[pair[0]], pair[0])
                    )[:5]
                ],
                "location_id": self.location(last),
                "last_activity_at": last.ts,
                "days": sorted({self.day(self.sessions[key][0].ts) for key in keys}),
            }
        return found

    def statistics(self, start: date, end: date, location_id: str | None = None) -> dict[str, Any]:
        """Return the dashboard's figures of a range, of the tenant or of one location."""

        def here(place: str | None) -> bool:
            return location_id is None or place == location_id

        rows = [row for row in self.rows if start <= self.day(row.ts) <= end and here(self.location(row))]
        sales = [sale for sale in self.transactions(start, end).values() if here(sale["location_id"])]
        carts = [cart for cart in self.carts(start, end).values() if here(cart["location_id"])]
        begun = self._sessions_by_user(start, end, lambda first: here(self.location(first)))
        sessions = [key for keys in begun.values() for key in keys]
        bought = sum(any(row.kind == "purchase" for row in self.sessions[key]) for key in sessions)
        revenue = sum((sale["amount"] for sale in sales if sale["value"] is not None), ZERO)

        def count(kinds: Iterable[str]) -> int:
            return sum(row.kind in tuple(kinds) for row in rows)

        return {
            "revenue": cents(revenue),
            "purchases": len(sales),
            "visitors": len({self.u(row) for row in rows} - {None}),
            "sessions": len(sessions),
            "page_views": count(["page_view"]),
            "add_to_carts": count(["add_to_cart"]),
            "abandoned_carts": len(carts),
            "abandoned_value": sum((cart["value"] or Decimal(0) for cart in carts), Decimal(0)),
            "searches": count(SEARCHES),
            "failed_searches": count(["no_search_results"]),
            "repeat_visitors": sum(len(keys) > 1 for keys in begun.values()),
            "conversion_rate": percent(bought, len(sessions)),
            "average_order_value": cents(revenue / len(sales)) if sales else Decimal(0),
        }

    def unconverted(self, start: date, end: date) -> Unconverted:
        """Return the money that no sum of the range's transactions and abandoned carts includes."""
        sales = [sale for sale in self.transactions(start, end).values() if sale["value"] is None]
        carts = [cart for cart in self.carts(start, end).values() if cart["foreign"]]
        left_out: dict[str, Fraction] = defaultdict(Fraction)
        for sale in sales:
            left_out[sale["currency"]] += sale["amount"]
        for cart in carts:
            for currency, amount in cart["foreign"].items():
                left_out[currency] += amount
        rows = len(sales) + sum(cart["foreign_rows"] for cart in carts)
        return Unconverted(rows, dict(left_out), sorted({one["day"] for one in (*sales, *carts)}))

    def locations(self) -> dict[str, dict[str, Any]]:
        """Return the branches with events, of all time."""
        found: dict[str, dict[str, Any]] = {}
        sales = self.transactions(date.min, date.max).values()
        for row in self.rows:
            place = self.location(row)
            if place is not None:
                entry = found.setdefault(place, {"events": 0, "last_activity_at": row.ts})
                entry["events"] += 1
                entry["last_activity_at"] = max(entry["last_activity_at"], row.ts)
        for place, entry in found.items():
            mine = [sale for sale in sales if sale["location_id"] == place]
            entry["purchases"] = len(mine)
            entry["revenue"] = cents(sum((sale["amount"] for sale in mine if sale["value"] is not None), ZERO))
        return found


def is_sorted(rows: list[tuple[Any, ...]]) -> bool:
    """Return whether rows of (value, time, key) are in the order of the lists; rows without a value come last."""

    def place(row: tuple[Any, ...]) -> tuple[bool, Decimal, float, str]:
        return row[0] is None, -(row[0] or Decimal(0)), -row[1].timestamp(), row[2]

    return all(place(one) <= place(other) for one, other in pairwise(rows))
