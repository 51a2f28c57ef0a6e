"""Convert one record of a file into a row with our columns."""

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.data_service.domain.csv_files.kinds import FILE_KINDS, FX_RATES, Column
from services.data_service.domain.csv_files.plan import UNTIL, ColumnPlan, FilePlan
from services.data_service.domain.csv_files.rate_row import RateRow
from services.data_service.domain.csv_files.read_cell import ABSENT_CELLS, ReadCell, further_cell, reads_of
from services.data_service.domain.csv_files.row_currency import RowCurrency
from services.data_service.domain.files.rejection import Rejected


class Row(NamedTuple):
    """A row of one kind of file.

    `values` are in the order of the kind's `staged_columns`, without `attributes`; '' if absent. `attributes` are the
    non-empty cells of the file's additional columns, by header.
    """

    values: list[str]
    attributes: dict[str, str]


class RowReader:
    """Reads the records of one file by its plan.

    Raises:
        Rejected: a value that the plan has for every row does not fit its column.
    """

    def __init__(self, kind_name: str, plan: FilePlan) -> None:
        planned = {column.name: column for column in plan.columns}
        self._width = len(plan.header)
        # `_same` holds the values that all rows share; `_cells` says which value is read from which cell, and how.
        self._constants: list[str] = []
        self._cells: list[tuple[int, int, ReadCell]] = []
        for column in FILE_KINDS[kind_name].columns:
            self._add(column, planned.get(column.name), ZoneInfo(plan.zone), plan.year)
        self._until = planned.get(UNTIL)
        self._currency = RowCurrency(FILE_KINDS[kind_name], plan)
        self._rates = RateRow(plan.currency) if kind_name == FX_RATES else None
        used = {column.place for column in plan.columns}
        self._additional = _distinct_names(
            [(at, name) for at, name in enumerate(plan.header) if at not in used and name]
        )

    def read(self, fields: Sequence[str]) -> Row:
        """Read one record.

        Raises:
            Rejected: it does not fit the header, or a value does not fit its column.
        """
        if len(fields) != self._width:
            fields = self._without_surplus(fields)
        if self._until is not None:
            self._check_period(fields, self._until)
        values = self._constants.copy()
        for at, place, read in self._cells:
            values[at] = read(fields[place])
        self._currency.settle(fields, values)
        if self._rates is not None:
            self._rates.judge(values)
        return Row(
            values,
            {name: cell for at, name in self._additional if (cell := further_cell(fields[at]))},
        )

    def readable(self, fields: Sequence[str], *, is_damaged: bool = False) -> list[str | None]:
        """Return what can be read of a rejected record: its values, '' if absent, None if unreadable.

        If the record is damaged or has another width than the header, only the first column (for ads the day) is read,
        since the other cells may be in each other's places.
        """
        first_only = [self._first_value(fields), *([None] * (len(self._constants) - 1))]
        if is_damaged:
            return first_only
        try:
            fields = fields if len(fields) == self._width else self._without_surplus(fields)
        except Rejected:
            return first_only
        values: list[str | None] = [*self._constants]
        for at, place, read in self._cells:
            values[at] = _value_or_none(read, fields[place])
        return values

    def _first_value(self, fields: Sequence[str]) -> str | None:
        """Read the first column of a record of another width, counting cells from its beginning, then from its end."""
        at, place, read = self._cells[0]
        if at > 0:
            return self._constants[0]
        cells = [whole[place] for whole in (fields, fields[-self._width :]) if place < len(whole)]
        return next((value for cell in cells if (value := _value_or_none(read, cell))), None)

    def _add(self, column: Column, planned: ColumnPlan | None, zone: ZoneInfo, year: int) -> None:
        first, *others = reads_of(column, planned, zone, year)
        if planned is not None and planned.place >= 0 and planned.value:
            column = column._replace(blank=planned.value)
        # A moment's day may be required, but never its time.
        for read in (_with_blank(first, column), *others):
            if planned is not None and planned.place >= 0:
                self._cells.append((len(self._constants), planned.place, read))
                self._constants.append("")
            else:
                self._constants.append(read(planned.value) if planned is not None and planned.value else column.blank)

    def _check_period(self, fields: Sequence[str], until: ColumnPlan) -> None:
        # The day is the first column; a file with periods always reads it from a cell.
        began, ended = fields[self._cells[0][1]].strip(), fields[until.place].strip()
        if ended and ended != began:
            reason = f"the row is of several days, {began[:20]} to {ended[:20]}: export it by day"
            raise Rejected(reason, "date")

    def _without_surplus(self, fields: Sequence[str]) -> Sequence[str]:
        """Drop surplus cells if they are empty.

        Raises:
            Rejected: the record does not fit the header.
        """
        if len(fields) > self._width and not any(field.strip() for field in fields[self._width :]):
            return fields[: self._width]
        reason = f"{len(fields)} columns where the header has {self._width}"
        raise Rejected(reason)


def _value_or_none(read: ReadCell, cell: str) -> str | None:
    try:
        return read(cell)
    except Rejected:
        return "" if cell.strip() in ABSENT_CELLS else None


def _with_blank(read: ReadCell, column: Column) -> ReadCell:
    if not column.is_required and not column.blank:
        return read

    def read_filled(cell: str) -> str:
        value = read(cell) or column.blank
        if not value:
            reason = f"{column.name} is missing"
            raise Rejected(reason, column.name)
        return value

    return read_filled


def _distinct_names(additional: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Number additional columns of the same name: `Results`, `Results (2)`."""
    seen: dict[str, int] = {}
    named: list[tuple[int, str]] = []
    for at, name in additional:
        seen[name] = seen.get(name, 0) + 1
        named.append((at, name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return named
