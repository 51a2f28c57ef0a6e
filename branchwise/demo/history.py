"""Invent two months of visits. On each day, a third of the branches get follow-up tasks of every kind.

All days, including those to come, are alike. Otherwise the first insights would be about artefacts of this generator.
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
# Far more than the sessions of a day, so that the ids of sessions and orders of different days are distinct.
_SESSIONS_A_DAY: Final = 10_000
# The first customers of each branch have roles: every third day they do what creates tasks, and little else.
_ROLES: Final = 4
_CART_ROLE: Final = 1
_ROLE_DAYS: Final = 3
_ORDERS_EVERY: Final = 40
_SATURDAY: Final = 5


def all_customers() -> list[Customer]:
    """Return all customers, which are always the same."""
    random = Random(_SEED)  # noqa: S311 -- invented data, no secret
    return [customer for branch in BRANCHES for customer in customers_of(branch, CUSTOMERS_A_BRANCH, random)]


def casual_customers() -> list[Customer]:
    """Return the customers without a role: whenever one of them orders, no task that a role makes ends."""
    return [customer for index, customer in enumerate(all_customers()) if not _has_role(index)]


def _has_role(index: int) -> bool:
    return index % CUSTOMERS_A_BRANCH < _ROLES


class History:
    """The rows of the demo's shop in the `days` days up to and including `yesterday`, in the shop's time zone.

    A day's random seed is the day itself, so that its rows do not depend on when, or with which other days, it is made.
    """

    def __init__(self, yesterday: date, zone: ZoneInfo, days: int = DAYS) -> None:
        self.customers = all_customers()
        self.yesterday = yesterday
        self.zone = zone
        self._days = days

    @property
    def first_day(self) -> date:
        """The first of its days."""
        return self.yesterday - timedelta(days=self._days - 1)

    def rows(self) -> list[dict[str, Any]]:
        """Return all rows in order of time."""
        days = (self.first_day + timedelta(days=later) for later in range(self._days))
        return [row for day in days for row in _Day(day, self.zone).rows(self.customers)]


class _Day:
    """The visits of one day."""

    def __init__(self, day: date, zone: ZoneInfo) -> None:
        self._day = day
        self._zone = zone
        self._random = Random(f"{_SEED} {day}")  # noqa: S311 -- invented data, no secret
        self._sessions = day.toordinal() * _SESSIONS_A_DAY

    def rows(self, customers: Sequence[Customer]) -> list[dict[str, Any]]:
        """Return all rows of the day in order of time."""
        rows: list[dict[str, Any]] = []
        for index, customer in enumerate(customers):
            role = index % CUSTOMERS_A_BRANCH
            for visit in self._visits_of_role(role, customer) if _has_role(index) else self._usual_visits(customer):
                rows += visit.rows
        rows.sort(key=lambda row: (int(row["event_timestamp"]), row["event_bundle_sequence_id"]))
        return rows

    def _usual_visits(self, customer: Customer) -> Iterable[Visit]:
        chance = customer.visits_a_week / (3 if self._day.weekday() < _SATURDAY else 4)
        if self._random.random() < chance:
            yield self._usual_visit(customer)

    def _usual_visit(self, customer: Customer) -> Visit:
        """Return a visit with a random outcome."""
        visit = self._visit(customer)
        if self._random.random() < 0.5:  # noqa: PLR2004 -- half of the visits begin with a search
            found = self._random.random() < 0.9  # noqa: PLR2004 -- most searches find something
            visit.search(self._random.choice(SEARCHES_FOUND if found else SEARCHES_EMPTY), found=found)
        lines = self._lines()
        for product, _ in lines:
            visit.see(product)
        outcome = self._random.random()
        if outcome < 0.45:  # noqa: PLR2004 -- not quite half of the visits fill a cart …
            visit.put_into_cart(lines)
        if outcome < 0.30:  # noqa: PLR2004 -- … and two of three carts are ordered
            visit.buy(lines)
        return visit

    def _visits_of_role(self, role: int, customer: Customer) -> list[Visit]:
        """Return the visits of a customer with a role, on the days of its branch.

        A customer who abandons carts also orders from time to time, so that an earlier order is on record.
        """
        roles = (self._order, self._abandon_cart, self._search_without_result, self._visit_twice)
        turn = self._day.toordinal() + BRANCHES.index(customer.branch)
        if turn % _ROLE_DAYS == 0:
            return roles[role](customer)
        return self._order(customer) if role == _CART_ROLE and turn % _ORDERS_EVERY == 1 else []

    def _order(self, customer: Customer) -> list[Visit]:
        visit, lines = self._visit(customer), self._lines()
        visit.put_into_cart(lines)
        visit.buy(lines)
        return [visit]

    def _abandon_cart(self, customer: Customer) -> list[Visit]:
        """Fill a cart without ordering; for every second customer, after a search without result."""
        visit = self._visit(customer)
        if customer.number % 2:
            visit.search(self._random.choice(SEARCHES_EMPTY), found=False)
        lines = self._lines()
        for product, _ in lines:
            visit.see(product)
        visit.put_into_cart(lines)
        return [visit]

    def _search_without_result(self, customer: Customer) -> list[Visit]:
        visit = self._visit(customer)
        for term in self._random.sample(SEARCHES_EMPTY, k=1 + customer.number % 2):
            visit.search(term, found=False)
        return [visit]

    def _visit_twice(self, customer: Customer) -> list[Visit]:
        """Look at products in two visits, and order nothing."""
        visits = [self._visit(customer) for _ in range(2)]
        for visit in visits:
            for product in self._random.sample(PRODUCTS, k=3):
                visit.see(product)
        return visits

    def _visit(self, customer: Customer) -> Visit:
        """Return a new visit in the shop's business hours, so that it ends on the same day."""
        begins = datetime.combine(self._day, time(7), self._zone) + timedelta(minutes=self._random.randrange(600))
        self._sessions += 1
        return Visit(customer, begins, self._sessions, self._random)

    def _lines(self) -> list[Line]:
        products: list[Product] = self._random.sample(PRODUCTS, k=self._random.choice((1, 1, 2, 3)))
        return [(product, self._random.choice((1, 1, 2, 4, 6, 10))) for product in products]
