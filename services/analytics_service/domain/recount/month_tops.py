"""A month's search terms and sold items, summed from its searches and sales."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.analytics_service.domain.recount.day_sums import key_of
from services.analytics_service.store.event_tables import EVENT_TABLES
from services.analytics_service.store.marketing_tables import Rows

_SEARCHES, _FAILED = (EVENT_TABLES["session_search"].others.index(name) for name in ("searches", "no_result_searches"))
_VALUE, _ITEMS = (EVENT_TABLES["sale"].others.index(name) for name in ("value", "items"))


def month_tops(month: date, searches: Iterable[Rows], sales: Iterable[Rows]) -> dict[str, Rows]:
    """Return the month's rows of search_term_month and item_sale_month, from those of session_search and sale."""
    terms: dict[tuple[date, UUID], list[Any]] = {}
    for rows in searches:
        for (*_, term), row in rows.items():
            sums = terms.setdefault((month, key_of(term)), [term, 0, 0])
            sums[1:] = sums[1] + row[_SEARCHES], sums[2] + row[_FAILED]
    items: dict[tuple[date, UUID], list[Any]] = {}
    for rows in sales:
        for row in rows.values():
            if row[_VALUE] is not None:
                _add_lines(items, month, json.loads(row[_ITEMS]))
    return {
        "search_term_month": {key: tuple(sums) for key, sums in terms.items()},
        "item_sale_month": {key: tuple(sums) for key, sums in items.items()},
    }


def _add_lines(items: dict[tuple[date, UUID], list[Any]], month: date, lines: list[dict[str, str]]) -> None:
    """Add the lines of one transaction; a transaction counts once per item."""
    with_id = [line for line in lines if "item_id" in line]
    for line in with_id:
        sums = items.setdefault((month, key_of(line["item_id"])), [line["item_id"], None, Decimal(0), Decimal(0), 0])
        sums[1] = max((name for name in (sums[1], line.get("item_name")) if name is not None), default=None)
        sums[2:4] = sums[2] + Decimal(line["quantity"]), sums[3] + Decimal(line["value"])
    for item in {line["item_id"] for line in with_id}:
        items[month, key_of(item)][4] += 1
