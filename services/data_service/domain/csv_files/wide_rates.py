"""Rates as the European Central Bank publishes them: a line a day, a column a currency, what one euro was worth in it.

What other banks publish in that shape is against a currency of their own, which nothing in the file says: only the
bank's own header is recognised unaided.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from services.data_service.domain.csv_files.currency_names import names_currency
from services.data_service.domain.csv_files.header_names import HeaderNames
from services.data_service.domain.csv_files.kinds import FILE_KINDS, FX_RATES, Column
from services.data_service.domain.csv_files.plan import ColumnPlan, FilePlan
from services.data_service.domain.csv_files.read_cell import reads_of
from services.data_service.domain.csv_files.read_row import Row
from services.data_service.domain.csv_files.rejects_file import OWN_COLUMNS, is_rejects_file
from services.data_service.domain.files.rejection import Rejected

EURO: Final = "EUR"
_ALWAYS_THERE: Final = frozenset({"USD", "JPY", "GBP", "CHF"})
# A rate that is the quotient of two; the bank's have five or six digits.
_QUOTIENT: Final = Context(prec=15)
_DAY: Final = next(column for column in FILE_KINDS[FX_RATES].columns if column.form == "day")


def wide_columns(names: Sequence[str], own: str, dates: str) -> list[ColumnPlan]:
    """A column for the day, by our name, and one for each currency, by its code; none where it is no such header.

    `own` is the tenant's currency, which has to be the euro or among them: all its rates come from its column.
    """
    places = HeaderNames(names)
    day = places.place_of("date", "", is_mapped=False)
    codes = {name: at for at, name in enumerate(names) if names_currency(name)}
    others = [name for at, name in enumerate(names) if name and name not in codes and at != day]
    expected = list(OWN_COLUMNS) if is_rejects_file(names) else []
    if day is None or not codes or EURO in codes or others != expected or (own != EURO and own not in codes):
        return []
    return [
        ColumnPlan("date", day, names[day], dates=dates),
        *(ColumnPlan(code, at, code, decimal="point") for code, at in codes.items()),
    ]


def is_the_banks(columns: Iterable[ColumnPlan]) -> bool:
    """Whether a header is surely that of the bank, which always has these currencies."""
    return {column.name for column in columns} >= _ALWAYS_THERE


def is_wide(columns: Iterable[ColumnPlan]) -> bool:
    """Whether a plan has a column a currency."""
    return any(names_currency(column.name) for column in columns)


class WideRates:
    """Reads lines of one file by its plan, each into as many rows as it has rates."""

    def __init__(self, plan: FilePlan) -> None:
        day = next(column for column in plan.columns if column.name == "date")
        self._own = plan.currency
        self._width = len(plan.header)
        self._day_at = day.place
        zone = ZoneInfo(plan.zone)
        self._read_day = reads_of(_DAY, day, zone, plan.year)[0]
        self._rates = [
            (column.name, column.place, reads_of(Column(column.name, "rate"), column, zone, plan.year)[0])
            for column in plan.columns
            if names_currency(column.name)
        ]

    def read(self, fields: Sequence[str]) -> list[Row]:
        """The rates of a line's day, in the tenant's currency.

        Raises:
            Rejected: it does not fit the header, a cell is no rate, or the tenant's currency has none on its day.
        """
        if len(fields) < self._width:
            reason = f"{len(fields)} columns where the header has {self._width}"
            raise Rejected(reason)
        day = self._read_day(fields[self._day_at])
        if not day:
            reason = "date is missing"
            raise Rejected(reason, "date")
        worth = {EURO: Decimal(1)}
        worth |= {code: Decimal(text) for code, at, read in self._rates if (text := read(fields[at]))}
        own = worth.pop(self._own, None)
        if own is None or not worth:
            reason = f"{self._own} has no rate on this day" if own is None else "no currency has a rate on this day"
            raise Rejected(reason, "rate")
        return [Row([day, code, self._own, f"{_QUOTIENT.divide(own, rate):f}"], {}) for code, rate in worth.items()]
