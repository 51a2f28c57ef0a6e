"""A task of a branch's report, as it is read from analytics and stored in snapshots."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

Kind = Literal["cart-abandonment", "search-analysis", "repeat-visits", "purchases"]

CART: Kind = "cart-abandonment"
SEARCH: Kind = "search-analysis"
REPEAT: Kind = "repeat-visits"
ORDER: Kind = "purchases"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product of a basket. `value` is Σ price · quantity in the task's currency; None if no price is known."""

    item_id: str
    name: str
    quantity: Decimal
    value: Decimal | None = None


class Viewed(msgspec.Struct, frozen=True):
    """A product and how often it was viewed."""

    name: str
    views: int


class BranchTask(msgspec.Struct, frozen=True, omit_defaults=True):
    """A task with its customer's contact and the fields of its kind.

    `session` identifies the visit in which it happened. `visit_days` are the days (in the tenant's time zone) on which
    a repeat visitor came, oldest first, and `sessions` is the number of visits. `searches` counts the searches without
    a result. `last_order_…` is the customer's latest order before this task. `value` is None if there is no value, or
    no exchange rate for it. `user_pseudo_id` and `user_id` are those of the task's events, which may differ from the
    present `user_key`.
    """

    kind: Kind
    task_key: str
    user_key: str
    last_activity_at: datetime
    company: str | None = None
    email: str | None = None
    cell_phone: str | None = None
    office_phone: str | None = None
    session: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    lines: tuple[Line, ...] = ()
    search_term: str | None = None
    searches: int = 0
    sessions: int = 0
    products_viewed: int = 0
    top_products: tuple[Viewed, ...] = ()
    visit_days: tuple[date, ...] = ()
    last_order_at: datetime | None = None
    last_order_value: Decimal | None = None
    last_order_currency: str | None = None
    user_pseudo_id: str | None = None
    user_id: str | None = None

    @property
    def reachable(self) -> bool:
        """Return whether a phone number or an email address of the customer is known."""
        return bool(self.cell_phone or self.office_phone or self.email)
