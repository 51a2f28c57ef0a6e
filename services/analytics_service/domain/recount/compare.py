"""Compares stored rows with rows counted again."""

from datetime import date, datetime
from typing import Final

from services.analytics_service.store.differences import Difference
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.retention import DAILY_TABLES, KeptFrom

_HOURLY: Final = {"lead_hour", "traffic_hour"}
# Tables counted from events. Once the events have been dropped, their rows remain but cannot be counted again.
_FROM_EVENTS: Final = {
    *("day_total", "traffic_hour", "traffic_day", "traffic_month", "product_day", "product_month"),
    *("ledger_entry", "ledger_total"),
}
# Tables whose days are dropped by age. ledger_entry is not exported itself, but its sums in ledger_total are.
_DAILY: Final = {*DAILY_TABLES, "ledger_entry"}


def differences(table: str, stored: Rows, counted: Rows) -> list[Difference]:
    """Return the rows of a table that exist on one side only, or whose values differ."""
    return [
        Difference(table, _text(key), _text(stored.get(key, ())), _text(counted.get(key, ())))
        for key in sorted(stored.keys() | counted.keys(), key=str)
        if stored.get(key) != counted.get(key)
    ]


def first_complete_day(table: str, kept_from: KeptFrom) -> date | None:
    """Return the first day whose rows of the table exist and can be counted, or None if nothing was dropped."""
    horizons = [
        kept_from.hours if table in _HOURLY else None,
        kept_from.days if table in _DAILY else None,
        kept_from.events if table in _FROM_EVENTS else None,
    ]
    return max((day for day in horizons if day is not None), default=None)


def without_dropped(table: str, rows: Rows, kept_from: KeptFrom) -> Rows:
    """Return the rows without those that were dropped by age, or whose events were."""
    first = first_complete_day(table, kept_from)
    if first is None:
        return rows
    return {key: row for key, row in rows.items() if _day_of(key, row) >= first}


def _day_of(key: tuple[object, ...], row: tuple[object, ...]) -> date:
    return next(value for value in (*key, *row) if isinstance(value, date) and not isinstance(value, datetime))


def _text(values: tuple[object, ...]) -> str:
    return " · ".join("–" if value is None else str(value) for value in values)
