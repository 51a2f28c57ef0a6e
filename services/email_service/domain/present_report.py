"""Format a report for the templates: all texts and figures that they print, not escaped yet."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from services.email_service.domain.build_report import TIERS, WINDOW_DAYS, Report, sums
from services.email_service.domain.formats import HARD_SPACE, WEEKDAYS, Formats, counted, listed
from services.email_service.domain.present_customer import CustomerBlock, Link, clipped, present_customer
from services.email_service.store.branch_task import CART, ORDER, REPEAT, SEARCH, BranchTask

MOST_BLOCKS = 12
HIGHEST_BAR = 36
LOWEST_BAR = 3


@dataclass(frozen=True, slots=True)
class Total:
    """One of the three figures at the top of the report, with its label."""

    figure: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of visits: 14 bars (heights in px, the last for the report's day), first and last day, and caption."""

    heights: tuple[int, ...]
    first_day: str
    last_day: str
    caption: str


@dataclass(frozen=True, slots=True)
class Links:
    """A report's URLs: of a customer's actions by (number, action), of the full list, and to unsubscribe."""

    action: Callable[[int, str], str]
    full_list: str
    stop: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything that the HTML and the plain-text part show."""

    subject: str
    preheader: str
    heading: str
    headline: str
    totals: tuple[Total, ...]
    calls: tuple[CustomerBlock, ...]
    orders: tuple[CustomerBlock, ...]
    rest: Link | None
    unreachable: str
    chart: Chart | None
    data_note: str
    why_note: str
    stop_url: str
    company: str


def present_report(report: Report, formats: Formats, links: Links, most_blocks: int = MOST_BLOCKS) -> ReportView:
    """Format a report. Customers after the first `most_blocks` are replaced by one link to the full list."""
    shown = report.customers[:most_blocks]
    blocks = [present_customer(customer, report, formats, links.action) for customer in shown]
    branch = report.branch
    return ReportView(
        subject=subject(report, formats),
        preheader=_preheader(blocks, len(report.to_call)),
        heading=f"{clipped(branch.name)} branch · {formats.full_day(report.day)}",
        headline=_headline(report),
        totals=_totals(report, formats),
        calls=tuple(block for block in blocks if block.to_call),
        orders=tuple(block for block in blocks if not block.to_call),
        rest=_rest(report, most_blocks, links.full_list),
        unreachable=_unreachable(report, formats),
        chart=_chart(report, formats),
        data_note=_data_note(report, formats),
        why_note=f"You get this because you are the sales rep for {clipped(branch.name)} ({clipped(branch.code)}).",
        stop_url=links.stop,
        company=clipped(branch.company),
    )


def subject(report: Report, formats: Formats) -> str:
    """Return the subject: `4 to call · Omaha · Mon, Apr 29`, or `No calls, 2 orders · …` if there is nobody to call."""
    calls = len(report.to_call)
    summary = f"{calls:,} to call" if calls else f"No calls, {counted(len(report.tasks(ORDER)), 'order')}"
    return f"{summary} · {clipped(report.branch.name)} · {formats.weekday_day(report.day)}".replace(HARD_SPACE, " ")


def _headline(report: Report) -> str:
    calls = len(report.to_call)
    return f"{counted(calls, 'customer')} to call" if calls else "Nobody to call today"


def _preheader(blocks: list[CustomerBlock], calls: int) -> str:
    if not blocks:
        return ""
    first = blocks[0]
    start = "First: " if calls > 1 else ""
    value = f", {first.value}" if first.value else ""
    return f"{start}{first.name}{value}. {first.reason}"


def _totals(report: Report, formats: Formats) -> tuple[Total, ...]:
    carts, orders, searches = report.tasks(CART), report.tasks(ORDER), len(report.tasks(SEARCH))
    return (
        _money_total(carts, "in", "open cart", formats),
        Total(f"{searches:,}", "failed search" if searches == 1 else "failed searches"),
        _money_total(orders, "from", "order", formats),
    )


def _money_total(tasks: list[BranchTask], word: str, noun: str, formats: Formats) -> Total:
    if not tasks:
        return Total("0", f"{noun}s")
    known = sums(tasks, formats.currency)
    if not known:
        return Total(f"{len(tasks):,}", noun if len(tasks) == 1 else f"{noun}s")
    first, *others = known.items()
    label = f"{word} {counted(len(tasks), noun)}"
    unconverted = Counter(task.currency for task in tasks if task.value is None and task.currency != formats.currency)
    label += "".join(f", {number} in {code} not counted" for code, number in sorted(unconverted.items()) if code)
    if others:
        label = f"and {listed([formats.money_total(value, code) for code, value in others])} {label}"
    return Total(formats.money_total(first[1], first[0]), label)


def _rest(report: Report, most_blocks: int, url: str) -> Link | None:
    hidden = report.customers[most_blocks:]
    calls = sum(customer.to_call for customer in hidden)
    parts = [f"{calls:,} more to call"] if calls else []
    if len(hidden) > calls:
        parts.append(f"{len(hidden) - calls:,} more who ordered")
    return Link(f"{listed(parts)}: open the full list", url) if parts else None


def _unreachable(report: Report, formats: Formats) -> str:
    """Return one line with the counts and values of the tasks of customers without a contact."""
    nouns = {
        CART: ("cart", "carts"),
        SEARCH: ("failed search", "failed searches"),
        REPEAT: ("repeat visitor", "repeat visitors"),
        ORDER: ("order", "orders"),
    }
    parts: list[str] = []
    for kind in TIERS:
        found = [task for task in report.unreachable if task.kind == kind]
        if found:
            worth = " and ".join(formats.money(value, code) for code, value in sums(found, formats.currency).items())
            parts.append(counted(len(found), *nouns[kind]) + (f" worth {worth}" if worth else ""))
    return f"Not listed, because no contact is known: {', '.join(parts)}." if parts else ""


def _chart(report: Report, formats: Formats) -> Chart | None:
    days, visits = report.window(), report.shop_day.visits
    highest = max(visits, default=0)
    if not highest:
        return None
    heights = tuple(max(LOWEST_BAR, round(HIGHEST_BAR * count / highest)) if count else 1 for count in visits)
    average = formats.number(Decimal(sum(visits)) / WINDOW_DAYS)
    caption = (
        f"{counted(visits[-1], 'shop visit')} on {formats.short_day(report.day)}. The 14-day average is {average}."
    )
    return Chart(heights, formats.short_day(days[0]), formats.short_day(days[-1]), caption)


def _data_note(report: Report, formats: Formats) -> str:
    sent_on = formats.local(report.sent_at).date()
    is_late = sent_on - report.day >= timedelta(days=7)
    on = formats.short_day(sent_on) if is_late else WEEKDAYS[sent_on.weekday()]
    until = f"{on} {formats.clock(report.sent_at)} {formats.zone_name(report.sent_at)}"
    note = f"Checked for orders until {until}."
    last = report.shop_day.last_event_at
    if last is None:
        return note
    return f"The last event of {formats.short_day(report.day)} was at {formats.clock(last)}. {note}"
