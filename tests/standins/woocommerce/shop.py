"""A shop: what it has, what its clock says, and how it is told to fail."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from tests.standins.woocommerce.records import customer_record, gmt, local, order_record, product_record, refund_record

Record = dict[str, Any]


@dataclass
class Fault:
    """What the next `times` calls (`path?query`) below `path` meet, after `after` of them went well.

    `kind`: '429' ('-bare' without Retry-After, '-now' with none to wait), '500', '503-page' (maintenance), 'page' (a
    web page with 200), '403-page', '401', '403', 'forbidden' (WordPress's own), 'no-route', 'cut' (the body breaks
    off), 'half' (JSON that breaks off), 'slow' (no answer for `seconds`), 'redirect' (to `location`), 'nonsense' (JSON
    of another shape), 'body' (`body`, packed by `encoding` where that is said, as one of `total`).
    """

    kind: str
    path: str = ""
    times: int = 1
    after: int = 0
    seconds: float = 60
    location: str = ""
    body: bytes = b""
    encoding: str = ""
    total: str = "1"


@dataclass
class Shop:
    """Everything about it may be changed while it is served; its own methods stamp as WooCommerce does."""

    key: str = "ck_stand_in"
    secret: str = "cs_stand_in"
    skew: timedelta = timedelta()
    thinks: float = 0
    orders: dict[int, Record] = field(default_factory=dict[int, Record])
    customers: dict[int, Record] = field(default_factory=dict[int, Record])
    products: dict[int, Record] = field(default_factory=dict[int, Record])
    refunds: dict[int, list[Record]] = field(default_factory=dict[int, list[Record]])
    faults: list[Fault] = field(default_factory=list[Fault])
    # Bodies as WooCommerce's documentation prints them, by path and the ids within.
    printed: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict[tuple[str, tuple[int, ...]], bytes])
    calls: list[str] = field(default_factory=list[str])
    # Parameters that it passes over, as behind a careless cache; ways to order that it does not know, as before 5.8.
    ignored: set[str] = field(default_factory=set[str])
    unknown_orders: set[str] = field(default_factory=set[str])
    # Statuses of a plugin's that 'any' leaves out, and those of them that are known by name all the same:
    # developer.wordpress.org/reference/functions/register_post_status (exclude_from_search).
    hidden: set[str] = field(default_factory=set[str])
    named: set[str] = field(default_factory=set[str])
    # What breaks every answer that tells of it, but for its id alone, by id: '500', 'half'; 'ids' breaks at that too.
    broken: dict[int, str] = field(default_factory=dict[int, str])
    # "" where orders are posts: developer.wordpress.org/reference/classes/wp_query (orderby: post_date, post_modified).
    sorts_by: str = "_gmt"
    _numbers: Any = field(default_factory=lambda: count(1001))

    def now(self) -> datetime:
        """The shop's clock, in whole seconds."""
        return (datetime.now(UTC) + self.skew).replace(microsecond=0)

    def order(self, created: datetime | None = None, **given: Any) -> Record:
        """Take an order in."""
        number = given.pop("id", None) or next(self._numbers)
        record = order_record(number, created or self.now(), **given)
        self.orders[number] = record
        return record

    def change(self, number: int, **given: Any) -> Record:
        """Change an order; it is modified now, unless the time is given."""
        at = given.pop("at", None) or self.now()
        self.printed.clear()
        self.orders[number] |= {"date_modified": local(at), "date_modified_gmt": gmt(at), **given}
        return self.orders[number]

    def delete(self, number: int) -> None:
        """Delete an order for good."""
        self.printed.clear()
        del self.orders[number]
        self.refunds.pop(number, None)

    def refund(self, number: int, amount: str) -> Record:
        """Give something back for an order."""
        record = refund_record(next(self._numbers), self.now(), amount)
        self.refunds.setdefault(number, []).append(record)
        told = [*self.orders[number]["refunds"], {"id": record["id"], "reason": "", "total": f"-{amount}"}]
        self.change(number, refunds=told)
        return record

    def customer(self, email: str = "", number: int | None = None) -> Record:
        """Somebody opens an account."""
        number = number or next(self._numbers)
        self.customers[number] = customer_record(number, self.now(), email)
        return self.customers[number]

    def product(self, number: int, name: str = "") -> Record:
        """Something is sold, or is called otherwise."""
        self.products[number] = product_record(number, self.now(), name)
        return self.products[number]

    def fault_of(self, path: str) -> Fault | None:
        """What this call meets."""
        for fault in self.faults:
            if path.startswith(fault.path):
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None

    def print_order(self, body: bytes) -> Record:
        """Have an order of which the API answers these very bytes where it is asked for alone."""
        record: Record = json.loads(body)
        self.orders[record["id"]] = record
        self.printed[f"orders/{record['id']}", (record["id"],)] = body
        return record

    def print_documented(self, folder: Path) -> None:
        """Have what WooCommerce's documentation prints: its orders and their refunds, byte for byte."""
        listed = (folder / "wp-api-v3_orders_02.json").read_bytes()
        orders: list[Record] = json.loads(listed)
        self.orders |= {order["id"]: order for order in orders}
        self.printed["orders", tuple(order["id"] for order in orders)] = listed
        given_back = (folder / "wp-api-v3_order-refunds_02.json").read_bytes()
        refunds: list[Record] = json.loads(given_back)
        # They are of an order that is not printed among the others under that number in every list.
        self.refunds[723] = refunds
        self.printed["orders/723/refunds", tuple(refund["id"] for refund in refunds)] = given_back
