"""Building a branch's report from its tasks of one day: whom to call, in which order, and the sums.

Definitions: one block per customer with all their tasks; open carts first, then failed searches, repeat visits, and
last those who only ordered; inside a tier by value, latest activity, key. Who cannot be reached is counted apart.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from services.email_service.domain.hold_out import HoldOut
from services.email_service.store.branch_task import CART, ORDER, REPEAT, SEARCH, BranchTask, Kind

TIERS: tuple[Kind, ...] = (CART, SEARCH, REPEAT, ORDER)
WINDOW_DAYS = 14


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch of a report, its company, and who follows up."""

    code: str
    name: str
    company: str
    rep_name: str
    rep_email: str

    @classmethod
    def called(cls, code: str, name: str | None, company: str, rep_name: str, rep_email: str) -> "Branch":
        """The branch by its name, else by its code; the templates say "branch", so "Omaha branch" is Omaha here."""
        name = (name or "").strip()
        short = re.sub(r"\s+branch$", "", name, flags=re.IGNORECASE)
        return cls(code, short or name or code, company, rep_name, rep_email)


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer of the report; `number` counts from 1 in the report's order, the unlisted ones too."""

    number: int
    key: str
    tasks: tuple[BranchTask, ...]

    @property
    def tier(self) -> int:
        """0 open cart, 1 failed search, 2 repeat visits, 3 only ordered."""
        return min(TIERS.index(task.kind) for task in self.tasks)

    @property
    def to_call(self) -> bool:
        """Whether there is more than an order."""
        return TIERS[self.tier] != ORDER

    @property
    def last_activity_at(self) -> datetime:
        """The latest instant of any of the tasks."""
        return max(task.last_activity_at for task in self.tasks)

    @property
    def name(self) -> str:
        """The company's name, else the best available identification."""
        contact = self.contact
        return contact.company or contact.email or contact.cell_phone or contact.office_phone or f"Customer {self.key}"

    @property
    def contact(self) -> BranchTask:
        """The task whose contact is shown: all tasks of a customer carry the same one."""
        return next((task for task in self.tasks if task.reachable), self.tasks[0])

    def of_kind(self, kind: Kind) -> list[BranchTask]:
        """The customer's tasks of one kind, earliest activity first."""
        return sorted((task for task in self.tasks if task.kind == kind), key=attrgetter("last_activity_at"))


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the branch as a whole: visits of the 14 days that end with it, oldest first, and its last event."""

    visits: tuple[int, ...] = ()
    last_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A branch's report of one day as of one sending time.

    `held_out` are the left-out tasks of held-out customers; `settled`, filled only with a hold-out, are the tasks of
    others that are left out because they were worked before.
    """

    branch: Branch
    day: date
    sent_at: datetime
    customers: tuple[Customer, ...]
    unreachable: tuple[BranchTask, ...]
    shop_day: Day = field(default_factory=Day)
    held_out: tuple[BranchTask, ...] = ()
    settled: tuple[BranchTask, ...] = ()

    @property
    def to_call(self) -> list[Customer]:
        """Customers to call, best first."""
        return [customer for customer in self.customers if customer.to_call]

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody to call and no order: then no email is sent."""
        return not self.customers

    def tasks(self, kind: Kind) -> list[BranchTask]:
        """The reachable customers' tasks of one kind."""
        return [task for customer in self.customers for task in customer.tasks if task.kind == kind]

    def window(self) -> list[date]:
        """The 14 days that end with the report's day, oldest first."""
        return [self.day - timedelta(days=back) for back in range(WINDOW_DAYS - 1, -1, -1)]


def build_report(
    branch: Branch,
    day: date,
    sent_at: datetime,
    tasks: Iterable[BranchTask],
    currency: str,
    shop_day: Day | None = None,
    hold_out: HoldOut | None = None,
    settled: Iterable[BranchTask] = (),
) -> Report:
    """Group a branch's tasks into customers in the order in which they are to be called.

    Held-out customers who could be called are left out, but for their orders. `settled` tasks are left out too.
    """
    by_key = groupby(sorted(tasks, key=attrgetter("user_key")), key=attrgetter("user_key"))
    groups = [Customer(0, key, tuple(sorted(group, key=_task_order))) for key, group in by_key]
    reachable = [customer for customer in groups if customer.contact.reachable]
    reachable, held_out = _without_held_out(reachable, hold_out)
    unreachable = [task for customer in groups if not customer.contact.reachable for task in customer.tasks]
    reachable.sort(key=lambda customer: _customer_order(customer, currency))
    numbered = tuple(Customer(at, found.key, found.tasks) for at, found in enumerate(reachable, 1))
    more, others = _by_side(settled, hold_out)
    shop_day = shop_day or Day()
    return Report(branch, day, sent_at, numbered, tuple(unreachable), shop_day, held_out + more, others)


def _by_side(
    settled: Iterable[BranchTask], hold_out: HoldOut | None
) -> tuple[tuple[BranchTask, ...], tuple[BranchTask, ...]]:
    """Settled calls of customers who are held out, and those of all others; none where nobody is."""
    if hold_out is None or not hold_out.percent:
        return (), ()
    calls = [task for task in settled if task.reachable and task.kind != ORDER]
    held_out = tuple(task for task in calls if hold_out.has(task.user_key))
    return held_out, tuple(task for task in calls if not hold_out.has(task.user_key))


def _without_held_out(
    customers: list[Customer], hold_out: HoldOut | None
) -> tuple[list[Customer], tuple[BranchTask, ...]]:
    """The customers as reported, and the tasks left out."""
    if hold_out is None or not hold_out.percent:
        return customers, ()
    told: list[Customer] = []
    held_out: list[BranchTask] = []
    for customer in customers:
        if hold_out.has(customer.key):
            held_out += (task for task in customer.tasks if task.kind != ORDER)
            if orders := tuple(task for task in customer.tasks if task.kind == ORDER):
                told.append(Customer(0, customer.key, orders))
        else:
            told.append(customer)
    return told, tuple(held_out)


def sums(tasks: Iterable[BranchTask], currency: str) -> dict[str, Decimal]:
    """Value by currency, the tenant's own first; money of different currencies is never added."""
    totals: dict[str, Decimal] = {}
    for task in tasks:
        if task.value is not None:
            code = task.currency or currency
            totals[code] = totals.get(code, Decimal(0)) + task.value
    return dict(sorted(totals.items(), key=lambda entry: (entry[0] != currency, -entry[1], entry[0])))


def _task_order(task: BranchTask) -> tuple[int, datetime, str]:
    return TIERS.index(task.kind), task.last_activity_at, task.task_key


def _customer_order(customer: Customer, currency: str) -> tuple[int, int, Decimal, float, str]:
    """By tier, then value (another currency's after the tenant's own), then latest activity, then key."""
    tier = TIERS[customer.tier]
    totals = sums((task for task in customer.tasks if task.kind == tier), currency)
    code, value = next(iter(totals.items()), (currency, Decimal(0)))
    foreign = int(code != currency)
    return customer.tier, foreign, -value, -customer.last_activity_at.timestamp(), customer.tasks[0].task_key
