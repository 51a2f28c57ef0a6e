"""How a CSV is read: decided once, from what was chosen and from the whole file, and kept with its job."""

from typing import Final

import msgspec

# No column of ours: where an export says until when a row's period lasts, which must be the day it begins on.
UNTIL: Final = "until"


class MappedColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one of our columns comes from: a header of the file, or the same `value` for every row."""

    column: str = ""
    value: str = ""
    dates: str = ""
    decimal: str = ""


class ImportOptions(msgspec.Struct, frozen=True):
    """What was chosen with the upload; '' leaves it to the file."""

    preset: str = ""
    encoding: str = ""
    dates: str = ""
    decimal: str = ""
    mapping: dict[str, MappedColumn] = {}
    fill_days: int = 0


class ColumnPlan(msgspec.Struct, frozen=True):
    """One of our columns: its `place` in a record, and how its cells are written.

    `value` is that of every row where the place is -1, else what stands for an empty cell.

    `dates` is the order of a date's parts (one of DATE_ORDERS, or `named` where months are words), `decimal` what
    stands before decimals (`point`, `comma`); '' where the column has no such thing.
    """

    name: str
    place: int
    header: str = ""
    value: str = ""
    dates: str = ""
    decimal: str = ""


class FilePlan(msgspec.Struct, frozen=True):
    """How a file is read. `header_line` is the line its header begins on; `zone` is where times without one are.

    Years of two digits are at most `year`, that of the day after the file came. `currency` is the tenant's. A rate
    stands for up to `fill_days` days behind it, too.
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
