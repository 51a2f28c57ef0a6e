"""Build a branch's report from its tasks of one day: the customers, the order in which to call them, and the sums.

A customer has one block with all their tasks. Customers with an open cart come first, then those with failed searches,
those with repeat visits, and those who only ordered. Within such a tier they are ordered by value, latest activity and
key. Customers who cannot be reached are counted separately.
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
    """The branch of a report, its company, and the rep who follows up."""

    code: str
    name: str
    company: str
    rep_name: str
    rep_email: str

    @classmethod
    def with_short_name(cls, code: str, name: str | None, company: str, rep_name: str, rep_email: str) -> "Branch":
        """Create a branch that is named by its name, or else by its code.

        The templates add the word "branch", so a name that ends in it is stored without: "Omaha branch" is Omaha here.
        """
        name = (name or "").strip()
        short = re.sub(r"\s+branch$", "", name, flags=re.IGNORECASE)
        return cls(code, short or name or code, company, rep_name, rep_email)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the report. `number` is their position from 1, and also counts customers without a block."""

    number: int
    key: str
    tasks: tuple[BranchTask, ...]

    @property
    def tier(self) -> int:
        """Return the tier: 0 for an open cart, 1 for a failed search, 2 for repeat visits, 3 for orders alone."""
        return min(TIERS.index(task.kind) for task in self.tasks)

    @property
    def to_call(self) -> bool:
        """Return whether the customer is to be called: they have a task other than an order."""
        return TIERS[self.tier] != ORDER

    @property
    def last_activity_at(self) -> datetime:
        """Return the latest activity of all tasks."""
        return max(task.last_activity_at for task in self.tasks)

    @property
    def name(self) -> str:
        """Return the name of the customer's company, or else the best identification there is."""
        contact = self.contact
        return contact.company or contact.email or contact.cell_phone or contact.office_phone or f"Customer {self.key}"

    @property
    def contact(self) -> BranchTask:
        """Return the task whose contact is shown, since all tasks of a customer have the same contact."""
        return next((task for task in self.tasks if task.reachable), self.tasks[0])

    def of_kind(self, kind: Kind) -> list[BranchTask]:
        """Return the customer's tasks of one kind, earliest activity first."""
        return sorted((task for task in self.tasks if task.kind == kind), key=attrgetter("last_activity_at"))


@dataclass(frozen=True, slots=True)
class Day:
    """A branch's visits on the 14 days that end with a day, oldest first, and the time of that day's last event."""

    visits: tuple[int, ...] = ()
    last_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A branch's report of one day as of one sending time.

    `held_out` are the tasks of held-out customers, which are left out. `settled` are the tasks of other customers that
    are left out because they were worked before; it is filled only if the tenant has a hold-out.
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
        """Return the customers to call, in the report's order."""
        return [customer for customer in self.customers if customer.to_call]

    @property
    def is_empty(self) -> bool:
        """Return whether there is nobody to call and no order, so that no email is sent."""
        return not self.customers

    def tasks(self, kind: Kind) -> list[BranchTask]:
        """Return the reachable customers' tasks of one kind."""
        return [task for customer in self.customers for task in customer.tasks if task.kind == kind]

    def window(self) -> list[date]:
        """Return the 14 days that end with the report's day, oldest first."""
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
    """Group a branch's tasks into customers, in the order in which to call them.

    Of reachable held-out customers only the orders are reported. `settled` tasks are not reported either.
    """
    by_key = groupby(sorted(tasks, key=attrgetter("user_key")), key=attrgetter("user_key"))
    groups = [Customer(0, key, tuple(sorted(group, key=_task_order))) for key, group in by_key]
    reachable = [customer for customer in groups if customer.contact.reachable]
    reachable, held_out = _without_held_out(reachable, hold_out)
    unreachable = [task for customer in groups if not customer.contact.reachable for task in customer.tasks]
    reachable.sort(key=lambda customer: _customer_order(customer, currency))
    ordered = tuple(Customer(at, customer.key, customer.tasks) for at, customer in enumerate(reachable, 1))
    settled_held_out, settled_others = _split_settled(settled, hold_out)
    shop_day = shop_day or Day()
    return Report(
        branch, day, sent_at, ordered, tuple(unreachable), shop_day, held_out + settled_held_out, settled_others
    )


def _split_settled(
    settled: Iterable[BranchTask], hold_out: HoldOut | None
) -> tuple[tuple[BranchTask, ...], tuple[BranchTask, ...]]:
    """Return the settled tasks to call about, of held-out customers and of others; both empty without a hold-out."""
    if hold_out is None or not hold_out.percent:
        return (), ()
    calls = [task for task in settled if task.reachable and task.kind != ORDER]
    held_out = tuple(task for task in calls if hold_out.has(task.user_key))
    return held_out, tuple(task for task in calls if not hold_out.has(task.user_key))


def _without_held_out(
    customers: list[Customer], hold_out: HoldOut | None
) -> tuple[list[Customer], tuple[BranchTask, ...]]:
    """Return the customers to report, and the tasks of held-out customers that are left out."""
    if hold_out is None or not hold_out.percent:
        return customers, ()
    reported: list[Customer] = []
    held_out: list[BranchTask] = []
    for customer in customers:
        if hold_out.has(customer.key):
            held_out += (task for task in customer.tasks if task.kind != ORDER)
            if orders := tuple(task for task in customer.tasks if task.kind == ORDER):
                reported.append(Customer(0, customer.key, orders))
        else:
            reported.append(customer)
    return reported, tuple(held_out)


def sums(tasks: Iterable[BranchTask], currency: str) -> dict[str, Decimal]:
    """Return the value by currency, the tenant's own first. Amounts of different currencies are never added."""
    totals: dict[str, Decimal] = {}
    for task in tasks:
        if task.value is not None:
            code = task.currency or currency
            totals[code] = totals.get(code, Decimal(0)) + task.value
    return dict(sorted(totals.items(), key=lambda entry: (entry[0] != currency, -entry[1], entry[0])))


def _task_order(task: BranchTask) -> tuple[int, datetime, str]:
    return TIERS.index(task.kind), task.last_activity_at, task.task_key


def _customer_order(customer: Customer, currency: str) -> tuple[int, int, Decimal, float, str]:
    """Sort by tier, value (in the tenant's currency first, then in others), latest activity, and key."""
    tier = TIERS[customer.tier]
    totals = sums((task for task in customer.tasks if task.kind == tier), currency)
    code, value = next(iter(totals.items()), (currency, Decimal(0)))
    foreign = int(code != currency)
    return customer.tier, foreign, -value, -customer.last_activity_at.timestamp(), customer.tasks[0].task_key
