"""Two months of visits, so that their last day leaves something to follow up in every branch.

The same seed and days give the same history, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
# Far more than there are: sessions, and with them orders, of histories that end on different days differ.
_SESSIONS_A_HISTORY: Final = 10_000
# The first customers of each branch play the parts that make yesterday's tasks; they do nothing else near it.
_PARTS: Final = 4
_SATURDAY: Final = 5


def all_customers() -> list[Customer]:
    """Everybody who buys, always the same."""
    always = Random(_SEED)  # noqa: S311 -- invented data, no secret
    return [customer for branch in BRANCHES for customer in customers_of(branch, CUSTOMERS_A_BRANCH, always)]


class History:
    """The rows of the demo's shop in `days` days up to and including `yesterday`, in the shop's time zone."""

    def __init__(self, yesterday: date, zone: ZoneInfo, days: int = DAYS) -> None:
        self.customers = all_customers()
        self._random = Random(f"{_SEED} {yesterday} {days}")  # noqa: S311 -- the same
        self.yesterday = yesterday
        self.zone = zone
        self._days = days
        self._sessions = yesterday.toordinal() * _SESSIONS_A_HISTORY

    @property
    def first_day(self) -> date:
        """The earliest of its days."""
        return self.yesterday - timedelta(days=self._days - 1)

    def rows(self) -> list[dict[str, Any]]:
        """All rows in the order of time."""
        rows: list[dict[str, Any]] = []
        first = f"{self.first_day:%Y%m%d}"
        for index, customer in enumerate(self.customers):
            part = index % CUSTOMERS_A_BRANCH
            visits = self._part(part, customer) if part < _PARTS else self._usual(customer)
            for visit in visits:
                rows += [row for row in visit.rows if row["event_date"] >= first]
        rows.sort(key=lambda row: (int(row["event_timestamp"]), row["event_bundle_sequence_id"]))
        return rows

    def _usual(self, customer: Customer) -> Iterable[Visit]:
        """On other days about as many come as play a part on the last one: else that would be news."""
        for back in range(self._days - 1, 0, -1):
            day = self.yesterday - timedelta(days=back)
            chance = customer.visits_a_week / (3 if day.weekday() < _SATURDAY else 4)
            if self._random.random() < chance:
                yield self._errand(customer, day)

    def _errand(self, customer: Customer, day: date) -> Visit:
        """A visit of any outcome."""
        visit = self._visit(customer, day)
        if self._random.random() < 0.35:  # noqa: PLR2004 -- a third of the visits begin with a search
            found = self._random.random() < 0.8  # noqa: PLR2004 -- most searches find something
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
        parts: tuple[Callable[[Customer], list[Visit]], ...] = (
            self._orders,
            self._leaves_a_cart,
            self._searches_in_vain,
            self._comes_again,
        )
        return parts[part](customer)

    def _orders(self, customer: Customer) -> list[Visit]:
        visit, lines = self._visit(customer, self.yesterday), self._lines()
        visit.put_into_cart(lines)
        visit.buy(lines)
        return [visit]

    def _leaves_a_cart(self, customer: Customer) -> list[Visit]:
        """After an order long ago; in some branches the cart follows a search in vain."""
        old, lines = self._visit(customer, self.yesterday - timedelta(days=40)), self._lines()
        old.put_into_cart(lines)
        old.buy(lines)
        visit = self._visit(customer, self.yesterday)
        if customer.number % 2:
            visit.search(self._random.choice(SEARCHES_EMPTY), found=False)
        wanted = self._lines()
        for product, _ in wanted:
            visit.see(product)
        visit.put_into_cart(wanted)
        return [old, visit]

    def _searches_in_vain(self, customer: Customer) -> list[Visit]:
        visit = self._visit(customer, self.yesterday)
        for term in self._random.sample(SEARCHES_EMPTY, k=1 + customer.number % 2):
            visit.search(term, found=False)
        return [visit]

    def _comes_again(self, customer: Customer) -> list[Visit]:
        """Looks at products on three days of the fortnight, twice yesterday, and orders nothing."""
        visits = [self._visit(customer, self.yesterday - timedelta(days=back)) for back in (9, 4, 0, 0)]
        for visit in visits:
            for product in self._random.sample(PRODUCTS, k=3):
                visit.see(product)
        return visits

    def _visit(self, customer: Customer, day: date) -> Visit:
        """A visit in the shop's business hours that ends on the same day."""
        begins = datetime.combine(day, time(7), self.zone) + timedelta(minutes=self._random.randrange(600))
        self._sessions += 1
        return Visit(customer, begins, self._sessions, self._random)

    def _lines(self) -> list[Line]:
        chosen: list[Product] = self._random.sample(PRODUCTS, k=self._random.choice((1, 1, 2, 3)))
        return [(product, self._random.choice((1, 1, 2, 4, 6, 10))) for product in chosen]
