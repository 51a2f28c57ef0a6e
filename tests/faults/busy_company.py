"""A company with many branches and a busy month, made from a seed: its export, its customers and its branches."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

REPORT_DAY = "2024-04-29"
LOCATION_RULE = "user_property:default_branch_id"
_MONTH_BEGINS = datetime(2024, 3, 28, 14, tzinfo=UTC)  # two partitions: March and April
_REPORT_MORNING = datetime(2024, 4, 29, 15, tzinfo=UTC)  # 10:00 in Chicago
_DAYS = 32
_TERMS = ("ball valve", "ball", "union nut", "50% off", "Copper  Pipe", "hose")
_PRODUCTS = [(f"P-{number}", f"Product {number}", round(3.5 + 7.3 * number, 2)) for number in range(30)]


@dataclass(frozen=True)
class BusyCompany:
    """Files as they are uploaded; `lines` of the export are rows or (`rejected`) rubbish."""

    export: bytes
    users: bytes
    locations: bytes
    branches: list[str]
    lines: int
    rejected: int


def busy_company(seed: int, *, events: int, branches: int) -> BusyCompany:
    """Make one. On REPORT_DAY every branch has a customer with a contact and an open cart."""
    chance = Random(seed)
    codes = [f"B{number:02}" for number in range(branches)]
    customers = [f"customer {number}" for number in range(max(branches, events // 60))]
    home = {customer: codes[place % branches] for place, customer in enumerate(customers)}
    rows: list[dict[str, Any]] = []
    for customer in customers[:branches]:
        rows += _visit(chance, customer, home[customer], _REPORT_MORNING, ("view_item", "add_to_cart"))
    while len(rows) < events:
        customer = chance.choice(customers)
        begins = _MONTH_BEGINS + timedelta(days=chance.randrange(_DAYS), seconds=chance.randrange(30_000))
        rows += _visit(chance, customer, home[customer], begins, _steps(chance))
    chance.shuffle(rows)
    lines = [json.dumps(row).encode() for row in rows]
    rubbish = sorted(chance.sample(range(len(lines)), 20))
    for place in rubbish:
        lines[place] = lines[place][: len(lines[place]) // 2]
    return BusyCompany(
        export=b"\n".join(lines) + b"\n",
        users=_csv(
            "user_id,buying_company_name,email,cell_phone,location_id",
            (f"{c},{c.title()} Inc,{c.replace(' ', '.')}@buyer.example,402-555-0100,{home[c]}" for c in customers),
        ),
        locations=_csv("location_id,location_name,city,state", (f"{code},Branch {code},Omaha,NE" for code in codes)),
        branches=codes,
        lines=len(lines),
        rejected=len(rubbish),
    )


def _steps(chance: Random) -> list[str]:
    steps = ["page_view", *chance.choices(("page_view", "view_item"), k=chance.randrange(6))]
    if chance.random() < 0.3:
        steps += [chance.choice(("view_search_results", "no_search_results"))] * chance.randrange(1, 3)
    if chance.random() < 0.35:
        steps += ["add_to_cart"] * chance.randrange(1, 4)
        steps += chance.choice(([], [], ["remove_from_cart"], ["purchase"], ["purchase", "add_to_cart"]))
    return steps


def _visit(
    chance: Random, customer: str, branch: str, begins: datetime, steps: list[str] | tuple[str, ...]
) -> list[dict[str, Any]]:
    """One session: on one of the customer's devices or a shared one, signed in from the start, later, or never."""
    device = f"device {customer if chance.random() < 0.9 else 'in the showroom'} {chance.randrange(2)}"
    signs_in = 0 if begins == _REPORT_MORNING else chance.choice((0, 2, 99))
    session = chance.getrandbits(31)
    rows: list[dict[str, Any]] = []
    for place, step in enumerate(steps):
        at = int((begins + timedelta(seconds=40 * place, microseconds=chance.randrange(10**6))).timestamp() * 10**6)
        params: dict[str, Any] = {"ga_session_id": session, "page_location": f"https://shop.example/{step}"}
        if "search" in step:
            params["search_term"] = chance.choice(_TERMS)
        items: list[dict[str, Any]] = []
        if step in ("view_item", "add_to_cart", "remove_from_cart", "purchase"):
            item_id, name, price = chance.choice(_PRODUCTS)
            items = [{"item_id": item_id, "item_name": name, "price": price, "quantity": chance.randrange(1, 4)}]
            params |= {"value": round(price * items[0]["quantity"], 2), "currency": "USD"}
        if step == "purchase":
            params["transaction_id"] = f"T-{chance.getrandbits(40)}"
        rows.append(
            {
                "event_timestamp": str(at),
                "event_name": step,
                "event_params": [_pair(key, value) for key, value in params.items()],
                "event_bundle_sequence_id": chance.getrandbits(50),
                "user_pseudo_id": device,
                "user_id": customer if place >= signs_in else None,
                "user_properties": [_pair("default_branch_id", branch)] if chance.random() < 0.9 else [],
                "items": items,
            }
        )
    return rows


def _pair(key: str, value: Any) -> dict[str, Any]:
    field = {str: "string_value", int: "int_value", float: "double_value"}[type(value)]
    return {"key": key, "value": {field: value}}


def _csv(header: str, lines: Any) -> bytes:
    return "\n".join((header, *lines, "")).encode()
