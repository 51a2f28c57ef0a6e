"""The plan by which a CSV is read: made once, from the upload's options and the whole file, and stored with its job."""

from typing import Final

import msgspec

# Not a stored column: it marks the export column with the end of a row's period, which must be the day the period
# begins on.
UNTIL: Final = "until"


class MappedColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The source of one of our columns: a header of the file (`column`), or a constant `value` for every row."""

    column: str = ""
    value: str = ""
    dates: str = ""
    decimal: str = ""


class ImportOptions(msgspec.Struct, frozen=True):
    """The options that came with the upload; '' means that the option is detected from the file."""

    preset: str = ""
    encoding: str = ""
    dates: str = ""
    decimal: str = ""
    mapping: dict[str, MappedColumn] = {}
    fill_days: int = 0


class ColumnPlan(msgspec.Struct, frozen=True):
    """One of our columns: its `place` (index) in a record, and the format of its cells.

    If `place` is -1, every row has `value`; otherwise `value` replaces empty cells.

    `dates` is the order of a date's parts: one of DATE_ORDERS, or `named` if months are written as words. `decimal` is
    the decimal separator, `point` or `comma`. Each is '' if it does not apply to the column.
    """

    name: str
    place: int
    header: str = ""
    value: str = ""
    dates: str = ""
    decimal: str = ""


class FilePlan(msgspec.Struct, frozen=True):
    """How a file is read.

    `header_line` is the line that the header begins on. `zone` is the time zone of times without an offset. `year` is
    the latest year that two digits may mean: the year of the day after the upload. `currency` is the tenant's. An
    exchange rate is carried forward to at most `fill_days` following days.
    """

    encoding: str
    separator: str
    preset: str
    header_line: int
    header: list[str]
    columns: list[ColumnPlan]
    zone: str
    year: int
    currency: str
    fill_days: int = 0
