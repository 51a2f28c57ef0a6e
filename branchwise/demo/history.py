"""Two months of visits, of which each day leaves something of every kind to follow up in a third of the branches.

A day is like the days before it, also those to come: else the first that anybody is told would be how they are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from branchwise.demo.company import (
    BRANCHES,
    PRODUCTS,
    SEARCHES_EMPTY,
    SEARCHES_FOUND,
    Customer,
    Product,
    customers_of,
)
from branchwise.demo.visit import Line, Visit

DAYS: Final = 60
CUSTOMERS_A_BRANCH: Final = 25
_SEED: Final = 41
# Far more than there are: sessions, and with them orders, of different days differ.
_SESSIONS_A_DAY: Final = 10_000
# The first customers of each branch play the parts that make tasks, each third day; they do little else.
_PARTS: Final = 4
_LEAVES_CARTS: Final = 1
_TURNS: Final = 3
_ORDERS_EVERY: Final = 40
_SATURDAY: Final = 5


def all_customers() -> list[Customer]:
    """Everybody who buys, always the same."""
    always = Random(_SEED)  # noqa: S311 -- invented data, no secret
    return [customer for branch in BRANCHES for customer in customers_of(branch, CUSTOMERS_A_BRANCH, always)]


class History:
    """The rows of the demo's shop in `days` days up to and including `yesterday`, in the shop's time zone.

    Each day is drawn from itself alone: whenever it is made, and with whichever others, it is the same.
    """

    def __init__(self, yesterday: date, zone: ZoneInfo, days: int = DAYS) -> None:
        self.customers = all_customers()
        self.yesterday = yesterday
        self.zone = zone
        self._days = days

    @property
    def first_day(self) -> date:
        """The earliest of its days."""
        return self.yesterday - timedelta(days=self._days - 1)

    def rows(self) -> list[dict[str, Any]]:
        """All rows in the order of time."""
        days = (self.first_day + timedelta(days=later) for later in range(self._days))
        return [row for day in days for row in _Day(day, self.zone).rows(self.customers)]


class _Day:
    """Who came on a day, and what they did."""

    def __init__(self, day: date, zone: ZoneInfo) -> None:
        self._day = day
        self._zone = zone
        self._random = Random(f"{_SEED} {day}")  # noqa: S311 -- invented data, no secret
        self._sessions = day.toordinal() * _SESSIONS_A_DAY

    def rows(self, customers: Sequence[Customer]) -> list[dict[str, Any]]:
        """All rows of the day in the order of time."""
        rows: list[dict[str, Any]] = []
        for index, customer in enumerate(customers):
            part = index % CUSTOMERS_A_BRANCH
            for visit in self._part(part, customer) if part < _PARTS else self._usual(customer):
                rows += visit.rows
        rows.sort(key=lambda row: (int(row["event_timestamp"]), row["event_bundle_sequence_id"]))
        return rows

    def _usual(self, customer: Customer) -> Iterable[Visit]:
        chance = customer.visits_a_week / (3 if self._day.weekday() < _SATURDAY else 4)
        if self._random.random() < chance:
            yield self._errand(customer)

    def _errand(self, customer: Customer) -> Visit:
        """A visit of any outcome."""
        visit = self._visit(customer)
        if self._random.random() < 0.5:  # noqa: PLR2004 -- half of the visits begin with a search
            found = self._random.random() < 0.9  # noqa: PLR2004 -- most searches find something
            visit.search(self._random.choice(SEARCHES_FOUND if found else SEARCHES_EMPTY), found=found)
        lines = self._lines()
        for product, _ in lines:
            visit.see(product)
        fate = self._random.random()
        if fate < 0.45:  # noqa: PLR2004 -- not quite half of the visits fill a cart …
            visit.put_into_cart(lines)
        if fate < 0.30:  # noqa: PLR2004 -- … and two of three carts are ordered
            visit.buy(lines)
        return visit

    def _part(self, part: int, customer: Customer) -> list[Visit]:
        """What it does when it is its branch's turn; whoever leaves carts has ordered long ago."""
        parts = (self._orders, self._leaves_a_cart, self._searches_in_vain, self._comes_again)
        turn = self._day.toordinal() + BRANCHES.index(customer.branch)
        if turn % _TURNS == 0:
            return parts[part](customer)
        return self._orders(customer) if part == _LEAVES_CARTS and turn % _ORDERS_EVERY == 1 else []

    def _orders(self, customer: Customer) -> list[Visit]:
        visit, lines = self._visit(customer), self._lines()
        visit.put_into_cart(lines)
        visit.buy(lines)
        return [visit]

    def _leaves_a_cart(self, customer: Customer) -> list[Visit]:
        """In some branches it follows a search in vain."""
        visit = self._visit(customer)
        if customer.number % 2:
            visit.search(self._random.choice(SEARCHES_EMPTY), found=False)
        wanted = self._lines()
        for product, _ in wanted:
            visit.see(product)
        visit.put_into_cart(wanted)
        return [visit]

    def _searches_in_vain(self, customer: Customer) -> list[Visit]:
        visit = self._visit(customer)
        for term in self._random.sample(SEARCHES_EMPTY, k=1 + customer.number % 2):
            visit.search(term, found=False)
        return [visit]

    def _comes_again(self, customer: Customer) -> list[Visit]:
        """Looks at products twice on each of its days, and orders nothing."""
        visits = [self._visit(customer) for _ in range(2)]
        for visit in visits:
            for product in self._random.sample(PRODUCTS, k=3):
                visit.see(product)
        return visits

    def _visit(self, customer: Customer) -> Visit:
        """A visit in the shop's business hours that ends on the same day."""
        begins = datetime.combine(self._day, time(7), self._zone) + timedelta(minutes=self._random.randrange(600))
        self._sessions += 1
        return Visit(customer, begins, self._sessions, self._random)

    def _lines(self) -> list[Line]:
        chosen: list[Product] = self._random.sample(PRODUCTS, k=self._random.choice((1, 1, 2, 3)))
        return [(product, self._random.choice((1, 1, 2, 4, 6, 10))) for product in chosen]
