"""Why a customer is in the report: each sentence, in singular and plural."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.email_service.domain.build_report import Customer
from services.email_service.domain.reason import kinds, reason
from services.email_service.store.branch_task import BranchTask, Line
from tests.email_service.demo_reports import cart, order, repeat, search, who

ANN = who("ann", "Ann's Pipes", "+1 402")
ONE = [("Valve", "6", "2.00")]
TWO = [("Valve", "6", "2.00"), ("Pipe", "1", "3.00")]
VIEWED = [("Valve", 2), ("Pipe", 1)]


def of(*tasks: BranchTask) -> Customer:
    return Customer(1, "ann", tasks)


def in_session(task: BranchTask, session: str) -> BranchTask:
    return msgspec.structs.replace(task, session=session)


CASES: list[tuple[Customer, str]] = [
    (of(cart(ANN, "10:00", ONE)), "Left 1 product in the cart and has not ordered since."),
    (of(cart(ANN, "10:00", TWO)), "Left 2 products in the cart and has not ordered since."),
    (of(cart(ANN, "10:00", [])), "Left products in the cart and has not ordered since."),
    (
        of(cart(ANN, "10:00", ONE), cart(ANN, "11:00", TWO)),
        "Left 2 products in 2 carts and has not ordered since.",
    ),
    (
        of(cart(ANN, "10:00", ONE), search(ANN, "9:50", "ball valve")),
        "Left 1 product in the cart after searching “ball valve” without a result and has not ordered since.",
    ),
    (
        of(cart(ANN, "10:00", ONE), search(ANN, "10:10", "union nut")),
        "Left 1 product in the cart, then searched “union nut” without a result and has not ordered since.",
    ),
    (
        of(
            in_session(cart(ANN, "10:00", ONE), "a 2"),
            in_session(repeat(ANN, "10:05", [21, 29], VIEWED), "a 2"),
        ),
        "Left 1 product in the cart on the second visit in 14 days and has not ordered since.",
    ),
    (
        of(
            in_session(cart(ANN, "10:00", ONE), "a 1"),
            in_session(repeat(ANN, "18:05", [21, 29, 29], VIEWED), "a 2"),
        ),
        "Left 1 product in the cart, visited 3 times in 14 days and has not ordered since.",
    ),
    (of(search(ANN, "9:50", "gate valve")), "Searched “gate valve” and got no results."),
    (of(search(ANN, "9:50", "gate valve", 2)), "Searched “gate valve” twice and got no results."),
    (of(search(ANN, "9:50", "gate valve", 3)), "Searched “gate valve” 3 times and got no results."),
    (
        of(search(ANN, "9:50", "gate valve"), search(ANN, "9:55", "union nut")),
        "Searched “gate valve” and “union nut” and got no results.",
    ),
    (
        of(*(search(ANN, f"9:{minute}", f"term {minute}") for minute in range(10, 15))),
        "Searched “term 10”, “term 11”, “term 12” and 2 more terms and got no results.",
    ),
    (
        of(search(ANN, "9:50", "gate valve"), repeat(ANN, "9:55", [21, 29], VIEWED)),
        "Searched “gate valve” without a result and visited twice in 14 days.",
    ),
    (
        of(repeat(ANN, "9:55", [21, 29], VIEWED)),
        "Visited twice in 14 days and looked at 2 products without ordering.",
    ),
    (
        of(repeat(ANN, "9:55", [21, 22, 29], VIEWED[:1])),
        "Visited 3 times in 14 days and looked at 1 product without ordering.",
    ),
    (of(repeat(ANN, "9:55", [21, 29], [])), "Visited twice in 14 days without ordering."),
    (of(order(ANN, "9:55", ONE)), "Ordered 1 product. No call needed."),
    (of(order(ANN, "9:55", TWO)), "Ordered 2 products. No call needed."),
    (of(order(ANN, "9:55", [])), "Ordered. No call needed."),
    (of(order(ANN, "9:55", ONE), order(ANN, "9:58", TWO)), "Ordered 2 products in 2 orders. No call needed."),
]


@pytest.mark.parametrize(("customer", "sentence"), CASES, ids=[sentence for _, sentence in CASES])
def test_the_sentence_says_what_happened(customer: Customer, sentence: str) -> None:
    assert reason(customer) == sentence


def test_the_same_product_in_two_lines_is_one_product() -> None:
    lines: Any = (Line("v", "Valve", Decimal(1), Decimal(2)), Line("v", "Valve", Decimal(3), Decimal(6)))
    task = msgspec.structs.replace(cart(ANN, "10:00", []), lines=lines)

    assert reason(of(task)) == "Left 1 product in the cart and has not ordered since."


def test_the_kinds_are_named_in_the_order_of_their_weight() -> None:
    customer = of(
        order(ANN, "8:00", ONE),
        repeat(ANN, "9:55", [21, 29], VIEWED),
        search(ANN, "9:50", "x"),
        search(ANN, "9:51", "y"),
        cart(ANN, "10:00", ONE),
    )

    assert kinds(customer) == "Cart + 2 failed searches + repeat visits + order"
    assert kinds(replace(customer, tasks=(customer.tasks[1],))) == "Repeat visits"


def test_a_day_is_part_of_the_window_whatever_the_month() -> None:
    assert repeat(ANN, "9:55", [21, 29], VIEWED).visit_days == (date(2024, 4, 21), date(2024, 4, 29))
