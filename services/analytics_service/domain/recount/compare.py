"""Where what is kept differs from what was counted."""

from datetime import date, datetime
from typing import Final

from services.analytics_service.store.differences import Difference
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.retention import DAILY_TABLES, KeptFrom

_HOURLY: Final = {"lead_hour", "traffic_hour"}
# What is made of events: where these have left it cannot be counted, and stays.
_OF_EVENTS: Final = {
    *("day_total", "traffic_hour", "traffic_day", "traffic_month", "product_day", "product_month"),
    *("ledger_entry", "ledger_total"),
}
# What leaves with the days, without being exported: their sums are.
_DAILY: Final = {*DAILY_TABLES, "ledger_entry"}


def differences(table: str, kept: Rows, counted: Rows) -> list[Difference]:
    """The rows of a table that are there on one side only, or say something else."""
    return [
        Difference(table, _text(key), _text(kept.get(key, ())), _text(counted.get(key, ())))
        for key in sorted(kept.keys() | counted.keys(), key=str)
        if kept.get(key) != counted.get(key)
    ]


def first_kept(table: str, since: KeptFrom) -> date | None:
    """The first day of which a table's rows are there and can be counted; None: all are."""
    horizons = [
        since.hours if table in _HOURLY else None,
        since.days if table in _DAILY else None,
        since.events if table in _OF_EVENTS else None,
    ]
    return max((day for day in horizons if day is not None), default=None)


def still_there(table: str, rows: Rows, since: KeptFrom) -> Rows:
    """The rows but those that have left by age, or whose events have."""
    first = first_kept(table, since)
    if first is None:
        return rows
    return {key: row for key, row in rows.items() if _day_of(key, row) >= first}


def _day_of(key: tuple[object, ...], row: tuple[object, ...]) -> date:
    return next(one for one in (*key, *row) if isinstance(one, date) and not isinstance(one, datetime))


def _text(values: tuple[object, ...]) -> str:
    return " · ".join("–" if value is None else str(value) for value in values)
