"""Compares the database's answers with the reference, figure by figure."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec

from common.db import Connection
from tests.analytics_service.reference import Reference, Unconverted, exact, is_sorted
from tests.analytics_service.tops import tops_agree
from tests.analytics_service.traffic import traffic_agrees

ALL = 1_000_000


async def assert_all_agree(
    connection: Connection, tenant_id: UUID, reference: Reference, ranges: list[tuple[date, date]]
) -> None:
    """Check that every list, statistic and location of the tenant equals the reference's."""
    for start, end in ranges:
        await purchases_agree(connection, tenant_id, reference, start, end)
        for hours in (72, 1):
            await carts_agree(connection, tenant_id, reference, start, end, hours)
            await repeat_visits_agree(connection, tenant_id, reference, start, end, hours)
        for include in (False, True):
            await searches_agree(connection, tenant_id, reference, start, end, include=include)
        for place in (None, "N", "W"):
            await statistics_agree(connection, tenant_id, reference, start, end, place)
        await products_agree(connection, tenant_id, reference, start, end)
    await tops_agree(connection, tenant_id, reference, ranges)
    await locations_agree(connection, tenant_id, reference)
    await traffic_agrees(connection, tenant_id, reference)


async def _tasks(
    connection: Connection, function: str, tenant_id: UUID, start: date, end: date, **more: Any
) -> list[Any]:
    named = "".join(f", {name} => {value}" for name, value in more.items())
    listed = f"select * from analytics.{function}($1, $2, $3, p_status => 'all'{named}, p_limit => $4, p_offset => $5)"
    rows = await connection.fetch(listed, tenant_id, start, end, ALL, 0)
    assert await connection.fetch(listed, tenant_id, start, end, 3, 2) == rows[2:5]
    assert is_sorted([(row["value"], row["last_activity_at"], row["task_key"]) for row in rows])
    assert len({row["task_key"] for row in rows}) == len(rows)
    worth = sum(row["value"] or 0 for row in rows)
    assert all((row["total"], row["total_value"]) == (len(rows), worth) for row in rows)
    return rows


def _common(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("user_id", "user_pseudo_id", "location_id", "last_activity_at")}


def _of(task: dict[str, Any]) -> dict[str, Any]:
    return {name: task[name] for name in ("user_id", "user_pseudo_id", "location_id", "last_activity_at")}


def _fraction(number: float | None) -> Fraction | None:
    return None if number is None else exact(str(number))


def _left_out_agrees(row: Any, wanted: Unconverted) -> None:
    """Check the money that an answer could not convert."""
    found = {name: Fraction(str(value)) for name, value in msgspec.json.decode(row["unconverted"] or "{}").items()}
    assert (row["unconverted_rows"], found.keys(), row["unconverted_days"]) == (
        wanted.rows,
        wanted.by_currency.keys(),
        wanted.days,
    )
    assert all(abs(found[name] - amount) <= Fraction(1, 200) for name, amount in wanted.by_currency.items())


async def purchases_agree(
    connection: Connection, tenant_id: UUID, reference: Reference, start: date, end: date
) -> None:
    """Check get_purchase_tasks, with items and unconverted money."""
    rows = await _tasks(connection, "get_purchase_tasks", tenant_id, start, end)
    expected = reference.transactions(start, end)
    assert {
        row["transaction_id"]: (
            _common(row),
            row["value"],
            row["currency"],
            [
                (i["item_id"], i["item_name"], _fraction(i["quantity"]), _fraction(i["value"]))
                for i in msgspec.json.decode(row["items"])
            ],
        )
        for row in rows
    } == {
        key: (_of(task), task["value"], task["currency"], [(*item[:3], Fraction(item[3])) for item in task["items"]])
        for key, task in expected.items()
    }


async def carts_agree(
    connection: Connection, tenant_id: UUID, reference: Reference, start: date, end: date, hours: int
) -> None:
    """Check get_cart_abandonment_tasks."""
    rows = await _tasks(connection, "get_cart_abandonment_tasks", tenant_id, start, end, p_recovery_hours=hours)
    expected = reference.carts(start, end, hours)

    def lines(items: Any) -> list[Any]:
        return sorted(items, key=str)

    def near(quantity: Any) -> Fraction:
        return Fraction(round(Fraction(str(quantity)) * 10**6), 10**6)

    assert {
        (row["user_pseudo_id"], row["session_id"]): (
            _common(row),
            row["value"],
            lines(
                (i["item_id"], near(i["quantity"]), _fraction(i["value"])) for i in msgspec.json.decode(row["items"])
            ),
        )
        for row in rows
    } == {
        key: (
            _of(task),
            task["value"],
            lines(
                (item, near(quantity), None if value is None else Fraction(value))
                for item, quantity, value in task["items"]
            ),
        )
        for key, task in expected.items()
    }


async def searches_agree(
    connection: Connection, tenant_id: UUID, reference: Reference, start: date, end: date, *, include: bool
) -> None:
    """Check get_search_analysis_tasks."""
    rows = await _tasks(
        connection, "get_search_analysis_tasks", tenant_id, start, end, p_include_converted=str(include).lower()
    )
    figures = ("searches", "no_result_searches", "outcome")
    expected = reference.searches(start, end, include_converted=include)
    assert {
        (row["user_pseudo_id"], row["session_id"], row["search_term"]): (_common(row), *(row[name] for name in figures))
        for row in rows
    } == {key: (_of(task), *(task[name] for name in figures)) for key, task in expected.items()}


async def repeat_visits_agree(
    connection: Connection, tenant_id: UUID, reference: Reference, start: date, end: date, hours: int
) -> None:
    """Check get_repeat_visit_tasks, with products."""
    rows = await _tasks(connection, "get_repeat_visit_tasks", tenant_id, start, end, p_recovery_hours=hours)
    figures = ("sessions", "page_views", "products_viewed")
    expected = reference.repeat_visits(start, end, hours)
    assert {
        (row["user_pseudo_id"], row["session_id"]): (
            _common(row),
            *(row[name] for name in figures),
            [(i["item_id"], i["item_name"], i["views"]) for i in msgspec.json.decode(row["top_products"])],
        )
        for row in rows
    } == {
        task["session"]: (_of(task), *(task[name] for name in figures), task["top_products"])
        for task in expected.values()
    }


async def statistics_agree(
    connection: Connection, tenant_id: UUID, reference: Reference, start: date, end: date, place: str | None
) -> None:
    """Check both periods of get_complete_dashboard_data."""
    rows = await connection.fetch(
        "select * from analytics.get_complete_dashboard_data($1, $2, $3, $4)", tenant_id, start, end, place
    )
    assert [row["period"] for row in rows] == ["current", "previous"]
    for row in rows:
        expected = reference.statistics(row["start_date"], row["end_date"], place)
        assert {name: row[name] for name in expected} == expected, (place, row["period"])
        if place is None:
            _left_out_agrees(row, reference.unconverted(row["start_date"], row["end_date"]))


async def products_agree(connection: Connection, tenant_id: UUID, reference: Reference, start: date, end: date) -> None:
    """Check product_traffic_of, summed by its keys."""
    rows = await connection.fetch(
        "select min(item_id) as item_id, sum(views) as views, sum(add_to_carts), sum(purchases) as purchases,"
        " max(item_name) from analytics.product_traffic_of($1, $2, $3) group by item_key",
        *(tenant_id, start, end),
    )
    holding: dict[str, Counter[str]] = {"view_item": Counter(), "add_to_cart": Counter(), "purchase": Counter()}
    for row in reference.company.rows:
        if row.kind in {"view_item", "add_to_cart"} and start <= reference.day(row.ts) <= end:
            holding[row.kind].update({item.get("item_id") or item["item_name"] for item in row.items})
    for sale in reference.transactions(start, end).values():
        holding["purchase"].update({line[0] for line in sale["items"]})
    products = set[str]().union(*holding.values())
    assert {tuple(row)[:4] for row in rows} == {(item, *(held[item] for held in holding.values())) for item in products}
    # No lead names a product here, so an item's name, and the order of equal ones, come from the website alone.
    ranked = sorted(map(tuple, rows), key=itemgetter(0))
    ranked.sort(key=itemgetter(3, 1), reverse=True)
    for limit in (ALL, 2, 1):
        named = await connection.fetch(
            "select product_id, views, add_to_carts, purchases, product_name"
            " from analytics.get_products($1, $2, $3, null, $4)",
            *(tenant_id, start, end, limit),
        )
        assert [tuple(row) for row in named] == ranked[:limit]


async def locations_agree(connection: Connection, tenant_id: UUID, reference: Reference) -> None:
    """Check get_locations_with_activity_table."""
    rows = await connection.fetch("select * from analytics.get_locations_with_activity_table($1)", tenant_id)
    figures = ("events", "purchases", "revenue", "last_activity_at")
    assert {row["location_id"]: tuple(row[name] for name in figures) for row in rows} == {
        place: tuple(entry[name] for name in figures) for place, entry in reference.locations().items()
    }
