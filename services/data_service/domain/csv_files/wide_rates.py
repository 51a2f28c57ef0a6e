"""Read exchange rates in the European Central Bank's format: a line per day, a column per currency, units per euro.

Other banks publish the same format against a base currency that the file does not name. Therefore only the ECB's own
header is recognised without choosing the preset.
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
_MAJOR_CURRENCIES: Final = frozenset({"USD", "JPY", "GBP", "CHF"})
# The precision of a quotient of two rates; the ECB's rates have five or six digits.
_QUOTIENT: Final = Context(prec=15)
_DAY: Final = next(column for column in FILE_KINDS[FX_RATES].columns if column.form == "day")


def wide_columns(names: Sequence[str], own: str, dates: str) -> list[ColumnPlan]:
    """Return a column for the date, by our name, and one for each currency, by its code; empty for another header.

    `own` is the tenant's currency. It must be the euro or one of the columns, since all rates are derived from it.
    `dates` is the chosen date order, '' if none.
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
    """Whether columns are certainly the ECB's, which always include the major currencies."""
    return {column.name for column in columns} >= _MAJOR_CURRENCIES


def is_wide(columns: Iterable[ColumnPlan]) -> bool:
    """Whether a plan has one column per currency."""
    return any(names_currency(column.name) for column in columns)


class WideRates:
    """Reads the lines of one file by its plan; each line gives one row per rate."""

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
        """Return the day's rates to the tenant's currency.

        Raises:
            Rejected: the line does not fit the header, its date is missing, a cell is no rate, or the tenant's currency
                or all others have no rate on that day.
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
