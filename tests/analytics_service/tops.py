"""Compares top search terms and top products with the reference; whole months are read from monthly sums."""

from collections import Counter
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from common.db import Connection
from tests.analytics_service.reference import Reference

ALL = 1_000_000
_Query: TypeAlias = tuple[UUID, date, date, str | None]


async def tops_agree(
    connection: Connection, tenant_id: UUID, reference: Reference, ranges: list[tuple[date, date]]
) -> None:
    """Check get_top_search_terms and get_top_products, for these ranges, one with whole months, and one branch."""
    for start, end in (*ranges, _with_whole_months(*ranges[0])):
        for place in (None, "N"):
            query = (tenant_id, start, end, place)
            await _terms_agree(connection, query, reference)
            await _products_agree(connection, query, reference)


def _with_whole_months(start: date, end: date) -> tuple[date, date]:
    """Return the range from the last day of the month before to the second day of the month after."""
    after = (end.replace(day=1) + timedelta(days=32)).replace(day=2)
    return start.replace(day=1) - timedelta(days=1), after


async def _first(connection: Connection, function: str, query: _Query, limit: int = ALL) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(f"select * from analytics.{function}($1, $2, $3, $4, $5)", *query, limit)
    return [tuple(row) for row in rows]


async def _terms_agree(connection: Connection, query: _Query, reference: Reference) -> None:
    _, start, end, place = query
    searches, failed = Counter[str](), Counter[str]()
    for (*_, term), task in reference.searches(start, end, include_converted=True).items():
        if place in {None, task["location_id"]}:
            searches[term] += task["searches"]
            failed[term] += task["no_result_searches"]
    terms = [
        (term, searches[term], failed[term]) for term in sorted(searches, key=lambda term: (-searches[term], term))
    ]
    assert await _first(connection, "get_top_search_terms", query) == terms, query
    assert await _first(connection, "get_top_search_terms", query, 2) == terms[:2]


async def _products_agree(connection: Connection, query: _Query, reference: Reference) -> None:
    _, start, end, place = query
    sold: dict[str, list[list[Any]]] = {}
    for sale in reference.transactions(start, end).values():
        if sale["value"] is not None and place in {None, sale["location_id"]}:
            for item in {line[0] for line in sale["items"]} - {None}:
                sold.setdefault(item, []).append([line for line in sale["items"] if line[0] == item])
    products = await _first(connection, "get_top_products", query)
    assert {row[0]: row[1:] for row in products} == {
        item: (
            max((line[1] for lines in held for line in lines if line[1]), default=None),
            sum(line[2] for lines in held for line in lines),
            sum(line[3] for lines in held for line in lines),
            len(held),
        )
        for item, held in sold.items()
    }, query
    assert products == sorted(products, key=lambda row: (-row[3], row[0]))
    assert await _first(connection, "get_top_products", query, 2) == products[:2]
