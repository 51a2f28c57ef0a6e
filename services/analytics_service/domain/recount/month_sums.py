"""Sums over months, from the rows of days that were counted and those of the month's other days."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.analytics_service.store.marketing_tables import Rows


def month_facts(month: date, products: Iterable[Rows], traffic: Iterable[Rows]) -> dict[str, Rows]:
    """The rows of a month, from those of product_day and traffic_day."""
    items: dict[Any, list[Any]] = {}
    for rows in products:
        for (_, key), (item, name, *counts) in rows.items():
            row = items.setdefault(key, [item, None, *[0] * len(counts)])
            row[1] = max((one for one in (row[1], name) if one is not None), default=None)
            row[2:] = [one + more for one, more in zip(row[2:], counts, strict=True)]
    channels: dict[str, list[Any]] = {}
    for rows in traffic:
        for (_, channel), (*figures, is_told) in rows.items():
            row = channels.setdefault(channel, [0] * (len(figures) + 1))
            more = (*figures, int(is_told and figures[0] > 0))
            row[:] = [one + another for one, another in zip(row, more, strict=True)]
    return {
        "product_month": {(month, key): tuple(row) for key, row in items.items()},
        "traffic_month": {(month, channel): tuple(row) for channel, row in channels.items()},
    }
