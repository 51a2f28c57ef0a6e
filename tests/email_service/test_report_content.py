"""What a report says: order, totals, what adds up, and that nothing in it is markup."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from common.mail.compose import RenderedMail
from services.email_service.domain.build_report import Report
from services.email_service.domain.formats import Formats
from services.email_service.domain.present_report import ReportView, present_report
from services.email_service.domain.render_report import MOST_BYTES, render_report
from tests.email_service import demo_reports as demo
from tests.email_service.demo_reports import LINKS, US, VIETNAM, cart, order, repeat, report, search, who


def view(told: Report, formats: Formats = US) -> ReportView:
    return present_report(told, formats, LINKS)


def rendered(told: Report, formats: Formats = US) -> RenderedMail:
    return render_report(told, formats, LINKS)


def test_customers_come_by_tier_then_value_then_latest_activity_then_key() -> None:
    people = {name: who(name, name, "+1 402") for name in "abcdefgh"}
    told = report(
        [
            order(people["a"], "12:00", [("P", "1", "900.00")]),
            repeat(people["b"], "12:00", [21, 29], []),
            repeat(people["c"], "13:00", [21, 29], []),
            search(people["d"], "12:00", "x"),
            cart(people["e"], "12:00", [("P", "1", "5.00")]),
            cart(people["f"], "12:00", [("P", "1", "50.00")]),
            cart(people["g"], "12:00", [("P", "1", "5.00")]),
            search(people["h"], "12:00", "x"),
        ]
    )

    assert [block.name for block in (*view(told).calls, *view(told).orders)] == list("fegdhcba")


def test_one_customer_with_three_tasks_is_one_block() -> None:
    ann = who("ann", "Ann's", "+1 402")
    told = report(
        [cart(ann, "10:00", [("P", "1", "5.00")]), search(ann, "9:00", "x"), repeat(ann, "10:01", [21, 29], [])]
    )

    assert len(view(told).calls) == 1
    assert view(told).headline == "1 customer to call"


def test_the_totals_count_what_can_be_called_and_one_line_the_rest() -> None:
    ann, nobody, other = who("ann", "Ann's", "+1 402"), who("n1", "Unknown Ltd"), who("n2", None)
    told = view(
        report(
            [
                cart(ann, "10:00", [("P", "1", "53.07")]),
                cart(nobody, "10:00", [("P", "2", "82.06")]),
                search(nobody, "9:00", "x"),
                search(nobody, "9:01", "y"),
                repeat(other, "10:01", [21, 29], []),
            ]
        )
    )

    assert [(total.figure, total.label) for total in told.totals] == [
        ("$53.07", "in 1 open cart"),
        ("0", "failed searches"),
        ("0", "orders"),
    ]
    assert told.unreachable == (
        "Not listed, because no contact is known: 1 cart worth $164.12, 2 failed searches, 1 repeat visitor."
    )
    assert told.subject == "1 to call · Omaha · Mon, Apr 29"
    assert [block.name for block in told.calls] == ["Ann's"]


def test_nobody_reachable_is_no_report() -> None:
    assert report([cart(who("n", "Unknown Ltd"), "10:00", [("P", "1", "5.00")])]).is_empty


def test_orders_alone_are_told_without_a_call() -> None:
    told = view(demo.only_orders())

    assert told.subject == "No calls, 2 orders · Omaha · Mon, Apr 29"
    assert told.headline == "Nobody to call today"
    assert [link.label for link in told.orders[0].actions] == ["Done", "Not mine"]
    assert told.orders[0].call is None


def test_at_most_twelve_blocks_and_one_link_to_the_rest() -> None:
    told = view(demo.busy())

    assert len(told.calls) == 12
    assert told.headline == "30 customers to call"
    assert told.rest is not None
    assert told.rest.label == "18 more to call and 5 more who ordered: open the full list"


def test_a_long_basket_is_folded_and_still_adds_up() -> None:
    ann = who("ann", "Ann's", "+1 402")
    six = view(report([cart(ann, "10:00", [(f"P{price}", "2", f"{price}.00") for price in range(1, 7)])])).calls[0]
    five = view(report([cart(ann, "10:00", [(f"P{price}", "2", f"{price}.00") for price in range(1, 6)])])).calls[0]

    assert [(line.name, line.amount, line.value) for line in six.basket] == [
        ("P6", "2 × $6.00", "$12.00"),
        ("P5", "2 × $5.00", "$10.00"),
        ("P4", "2 × $4.00", "$8.00"),
        ("P3", "2 × $3.00", "$6.00"),
    ]
    assert six.more is not None
    assert (six.more.name, six.more.value) == ("2 more products", "$6.00")
    assert len(five.basket) == 5
    assert five.more is None


def test_a_single_line_does_not_repeat_the_value() -> None:
    block = view(report([cart(who("ann", "Ann's", "+1"), "10:00", [("P", "6", "112.40")])])).calls[0]

    assert (block.value, block.basket[0].amount, block.basket[0].value) == ("$674.40", "6 × $112.40", "")


def test_money_of_two_currencies_is_never_added() -> None:
    told = view(demo.several_currencies())

    assert (told.totals[0].figure, told.totals[0].label) == ("$11,500.00", "and €3,900.00 in 3 open carts")
    assert [block.value for block in told.calls] == ["$11,500.00 + €300.00", "€3,600.00"]


def test_an_order_without_a_rate_is_named_and_not_counted() -> None:
    assert view(demo.only_orders()).totals[2].label == "from 2 orders, 1 in EUR not counted"


def test_a_vietnamese_branch_reads_its_own_money_days_and_clock() -> None:
    told = view(demo.vietnamese(), VIETNAM)

    assert told.subject == "3 to call · Quận 7 · Mon, 29 Apr"
    assert told.calls[0].value == "10.220.000\u00a0₫"
    assert told.calls[0].when.startswith("Mon 10:16, 20")
    assert told.totals[0].figure == "10,2M\u00a0₫"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-5), "0\u00a0min ago"),
        (timedelta(minutes=59, seconds=59), "59\u00a0min ago"),
        (timedelta(minutes=60), "1\u00a0h ago"),
        (timedelta(hours=47, minutes=59), "47\u00a0h ago"),
        (timedelta(hours=48), "2\u00a0days ago"),
    ],
)
def test_elapsed_time_is_told_in_minutes_then_hours_then_days(passed: timedelta, words: str) -> None:
    until = datetime(2024, 4, 30, 12, tzinfo=UTC)

    assert US.elapsed(until - passed, until) == words


@pytest.mark.parametrize(
    ("value", "figure"),
    [("99999.99", "$99,999.99"), ("100000", "$100K"), ("123500", "$124K"), ("999900", "$1M"), ("1235000", "$1.24M")],
)
def test_totals_from_a_hundred_thousand_are_short(value: str, figure: str) -> None:
    assert US.money_total(Decimal(value)) == figure
    assert US.money(Decimal("1234567.8")) == "$1,234,567.80"


class Tags(HTMLParser):
    """Names of the tags and the texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_nothing_in_a_task_becomes_markup() -> None:
    evil = "<script>alert(1)</script>\"'><img src=x> & {{ 7*7 }} <!--% x %-->"
    ann = who("ann", "Acme <Plumbing> & Sons", '+1 402" onclick=x', evil, f"{evil}?bcc=x@y.example")
    named = evil[:100]
    told = report(
        [cart(ann, "10:00", [(named, "1", "5.00"), ("P", "1", "1.00")]), search(ann, "9:00", evil)], name=evil
    )
    page = Tags(rendered(told).html)

    assert "Acme <Plumbing> & Sons" in [text.strip() for text in page.texts]
    assert not page.tags & {"script", "img", "plumbing"}
    assert any("{{ 7*7 }}" in text for text in page.texts)
    assert all(address.startswith(("https://app.branchwise.example/", "tel:", "mailto:")) for address in page.addresses)
    assert not any("?" in address for address in page.addresses if address.startswith("mailto:"))


def test_a_report_is_never_above_a_hundred_kilobytes() -> None:
    name = "&<>\"'" * 32
    tasks = []
    for number in range(40):
        customer = who(f"u{number}", name + str(number), "+1 402", "+1 403", f"{'x' * 150}@example.example")
        tasks.append(cart(customer, "10:00", [(f"{line}{name}", "1", "5.00") for line in range(9)]))
        tasks += [search(customer, f"9:{minute}", f"{minute}{name}") for minute in range(10, 20)]
    html = rendered(report(tasks)).html

    assert len(html.encode()) <= MOST_BYTES
    assert "40 customers to call" in html
    assert "more to call: open the full list" in html


def test_the_styles_are_in_the_tags_and_no_image_is_needed() -> None:
    html = rendered(demo.ordinary()).html

    assert 'class="ink" style="color:#17212B;' in html
    assert "<img" not in html
    assert "prefers-color-scheme:dark" in html
    assert "max-width:480px" in html
    assert "url(" not in html


def test_the_plain_text_keeps_to_64_columns_with_one_link_a_customer() -> None:
    for told, formats in ((demo.ordinary(), US), (demo.busy(), US), (demo.vietnamese(), VIETNAM)):
        text = rendered(told, formats).text
        lines = text.splitlines()
        shown = min(12, len(told.customers))

        assert all(len(line) <= 64 for line in lines if "://" not in line and "@" not in line)
        assert sum("/email/t/habTOR6HJ295T0yE" in line for line in lines) == shown


def test_repeat_visits_show_their_days_as_squares_and_in_words() -> None:
    block = view(report([repeat(who("a", "A", "+1"), "10:00", [16, 18, 29], [("P", 2)])])).calls[0]

    assert block.visits is not None
    assert [at for at, visited in enumerate(block.visits.squares) if visited] == [0, 2, 13]
    assert block.visits.days == "Apr 16, 18 and 29"
    assert block.viewed == "Viewed most: P (2×)"
