"""Format one customer's block of a report: name, reason, basket, visits, contact and actions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import itemgetter
from urllib.parse import quote

from services.email_service.domain.build_report import TIERS, Customer, Report, sums
from services.email_service.domain.formats import Formats, counted
from services.email_service.domain.reason import kinds, ordered, reason
from services.email_service.store.branch_task import CART, ORDER, REPEAT, BranchTask, Line

MOST_LINES = 5
LINES_WHEN_FOLDED = 4
MOST_VIEWED = 3
MOST_DAYS_NAMED = 5
# Names up to this length are shown in full and may wrap. A longer text is hardly a name.
LONGEST_TEXT = 160
# The number of characters of 13 px that fit on a line of a phone.
PHONE_LINE = 44
CALL_ACTIONS = (("done", "Done"), ("not_reached", "Not reached"), ("snooze", "Snooze"), ("not_mine", "Not mine"))
ORDER_ACTIONS = (("done", "Done"), ("not_mine", "Not mine"))
_NOT_DIALLED = re.compile(r"[^\d+*#]")
_EXTENSION = re.compile(r"[;,]|\b(?:x|ext|extn)\b|(?<=\d)x", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link's text and its URL."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A product, its quantity and price (`6 × $14.56`), and the line's value if the basket has several lines."""

    name: str
    amount: str
    value: str


@dataclass(frozen=True, slots=True)
class Visits:
    """A square for each day of the window (true if there was a visit), and the days of visits in words."""

    squares: tuple[bool, ...]
    days: str


@dataclass(frozen=True, slots=True)
class CustomerBlock:
    """Everything that a customer's block shows."""

    to_call: bool
    number: int
    name: str
    value: str
    kinds: str
    when: str
    is_wide: bool
    last_order: str
    reason: str
    basket: tuple[BasketLine, ...]
    more: BasketLine | None
    also: str
    visits: Visits | None
    viewed: str
    call: Link | None
    contacts: tuple[Link, ...]
    actions: tuple[Link, ...]
    choose_url: str


def present_customer(
    customer: Customer, report: Report, formats: Formats, action: Callable[[int, str], str]
) -> CustomerBlock:
    """Format one customer. `action(number, name)` returns the URL of an action's page."""
    tier = TIERS[customer.tier]
    valued = customer.of_kind(tier) if tier in (CART, ORDER) else []
    basket, more = _basket(valued, formats)
    repeats = customer.of_kind(REPEAT)
    repeat = repeats[0] if repeats else None
    last = customer.last_activity_at
    call, contacts = _contacts(customer)
    when = f"{formats.weekday_clock(last)}, {formats.elapsed(last, report.sent_at)}"
    actions = CALL_ACTIONS if customer.to_call else ORDER_ACTIONS
    return CustomerBlock(
        to_call=customer.to_call,
        number=customer.number,
        name=clipped(customer.name),
        value=_value(valued, formats),
        kinds=kinds(customer),
        when=when,
        is_wide=len(kinds(customer)) + len(when) > PHONE_LINE,
        last_order=_last_order(customer, formats),
        reason=clipped(reason(customer), 3 * LONGEST_TEXT),
        basket=basket,
        more=more,
        also=_also_ordered(customer, formats),
        visits=_visits(repeat, report, formats) if repeat and tier != CART else None,
        viewed=_viewed(repeat) if repeat and tier != CART else "",
        call=call if customer.to_call else None,
        contacts=contacts,
        actions=tuple(Link(label, action(customer.number, name)) for name, label in actions),
        choose_url=action(customer.number, "choose"),
    )


def clipped(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return the text on one line, cut to `longest` characters."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def tel_url(phone: str) -> str:
    """Return the `tel:` URL of a telephone number as people write it, without its extension."""
    return "tel:" + _NOT_DIALLED.sub("", _EXTENSION.split(phone, maxsplit=1)[0])


def mailto_url(address: str) -> str:
    """Return the `mailto:` URL of an address, quoted so that no part of it can become a header of the mail."""
    return "mailto:" + quote(address, safe="@")


def _value(tasks: list[BranchTask], formats: Formats) -> str:
    return " + ".join(formats.money(value, code) for code, value in sums(tasks, formats.currency).items())


def _basket(tasks: list[BranchTask], formats: Formats) -> tuple[tuple[BasketLine, ...], BasketLine | None]:
    """Return the lines of the open carts or orders. If there are more than five, the rest after four is summed up."""
    lines = [(line, task.currency) for task in tasks for line in task.lines]
    lines.sort(key=lambda entry: (-(entry[0].value or Decimal(0)), entry[0].name))
    shown = lines if len(lines) <= MOST_LINES else lines[:LINES_WHEN_FOLDED]
    rows = tuple(_basket_line(line, currency, formats) for line, currency in shown)
    if len(rows) == 1:
        return (replace(rows[0], value=""),), None
    if len(shown) == len(lines):
        return rows, None
    folded: dict[str, Decimal] = {}
    for line, currency in lines[LINES_WHEN_FOLDED:]:
        code = currency or formats.currency
        folded[code] = folded.get(code, Decimal(0)) + (line.value or Decimal(0))
    worth = " + ".join(formats.money(value, code) for code, value in folded.items())
    return rows, BasketLine(counted(len(lines) - LINES_WHEN_FOLDED, "more product"), "", worth)


def _basket_line(line: Line, currency: str | None, formats: Formats) -> BasketLine:
    quantity = formats.quantity(line.quantity)
    if line.value is None or not line.quantity:
        return BasketLine(clipped(line.name), f"{quantity} ×", "")
    price = formats.money(line.value / line.quantity, currency)
    return BasketLine(clipped(line.name), f"{quantity} × {price}", formats.money(line.value, currency))


def _also_ordered(customer: Customer, formats: Formats) -> str:
    orders = customer.of_kind(ORDER)
    if not orders or not customer.to_call:
        return ""
    worth = _value(orders, formats)
    sentence = ordered(customer).removesuffix(".").replace("Ordered", "Also ordered", 1)
    return f"{sentence}{f' for {worth}' if worth else ''}, {formats.weekday_clock(orders[-1].last_activity_at)}."


def _last_order(customer: Customer, formats: Formats) -> str:
    """Return the date and value of the last order before these tasks; empty if an order is among the tasks."""
    if customer.of_kind(ORDER):
        return ""
    earlier = [(task.last_order_at, task) for task in customer.tasks if task.last_order_at is not None]
    if not earlier:
        return ""
    ordered_at, last = max(earlier, key=itemgetter(0))
    day = formats.short_day(formats.local(ordered_at).date())
    if last.last_order_value is None:
        return f"Last order {day}"
    return f"Last order {day}, {formats.money(last.last_order_value, last.last_order_currency)}"


def _visits(repeat: BranchTask, report: Report, formats: Formats) -> Visits | None:
    visited = list(repeat.visit_days)
    if not visited:
        return None
    squares = tuple(day in visited for day in report.window())
    if len(visited) <= MOST_DAYS_NAMED:
        return Visits(squares, formats.days(visited))
    return Visits(squares, f"{len(visited)} days since {formats.short_day(visited[0])}")


def _viewed(repeat: BranchTask) -> str:
    shown = [
        clipped(product.name) + (f" ({product.views}×)" if product.views > 1 else "")
        for product in repeat.top_products[:MOST_VIEWED]
    ]
    return f"Viewed most: {', '.join(shown)}" if shown else ""


def _contacts(customer: Customer) -> tuple[Link | None, tuple[Link, ...]]:
    """Return the link to call the customer, or to write if there is no phone, and the links to their other contacts."""
    contact = customer.contact
    phones: list[Link] = []
    if contact.cell_phone:
        phones.append(Link(f"Mobile {clipped(contact.cell_phone)}", tel_url(contact.cell_phone)))
    if contact.office_phone and contact.office_phone != contact.cell_phone:
        phones.append(Link(f"Office {clipped(contact.office_phone)}", tel_url(contact.office_phone)))
    address = contact.email
    emails = [Link(clipped(address), mailto_url(address))] if address else []
    if not customer.to_call:
        return None, (*phones, *emails)
    if not phones:
        return (Link("Write an email", emails[0].url) if emails else None), tuple(emails)
    first = replace(phones[0], label="Call " + phones[0].label.split(" ", 1)[1])
    return first, (*phones[1:], *emails)
