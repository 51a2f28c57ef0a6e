"""A month's products and traffic, summed from the rows of its days."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.analytics_service.store.marketing_tables import Rows


def month_facts(month: date, products: Iterable[Rows], traffic: Iterable[Rows]) -> dict[str, Rows]:
    """Return the month's rows of product_month and traffic_month, from those of product_day and traffic_day."""
    items: dict[Any, list[Any]] = {}
    for rows in products:
        for (_, key), (item, name, *counts) in rows.items():
            row = items.setdefault(key, [item, None, *[0] * len(counts)])
            row[1] = max((known for known in (row[1], name) if known is not None), default=None)
            row[2:] = [total + count for total, count in zip(row[2:], counts, strict=True)]
    channels: dict[str, list[Any]] = {}
    for rows in traffic:
        for (_, channel), (*figures, is_from_vendor) in rows.items():
            row = channels.setdefault(channel, [0] * (len(figures) + 1))
            added = (*figures, int(is_from_vendor and figures[0] > 0))
            row[:] = [total + figure for total, figure in zip(row, added, strict=True)]
    return {
        "product_month": {(month, key): tuple(row) for key, row in items.items()},
        "traffic_month": {(month, channel): tuple(row) for channel, row in channels.items()},
    }
