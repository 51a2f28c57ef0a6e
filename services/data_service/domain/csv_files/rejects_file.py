"""Recognise a rejects file that is imported again after correction, and restore its original cells.

Its own columns come before the original ones, and cells that a spreadsheet could run as formulas are guarded.
"""

from collections.abc import Sequence
from typing import Final

from common.spreadsheet_safe import unguarded_cell

OWN_COLUMNS: Final = ("line", "reason")
# Added to the reason of a rejected ads line whose campaign day is unknown. Other lines of that day may have been
# imported, and the corrected line alone would replace them.
OF_NO_DAY: Final = "which campaign's day it is part of cannot be read: correct it in the whole file"


def is_rejects_file(header: Sequence[str]) -> bool:
    """Whether a header begins with the columns of our rejects files."""
    return tuple(header[: len(OWN_COLUMNS)]) == OWN_COLUMNS


def alone_before(fields: Sequence[str]) -> bool:
    """Whether a record of a rejects file was rejected without its campaign day, and so must not be corrected there."""
    return any(OF_NO_DAY in reason for reason in fields[1:2])


def original_cells(fields: Sequence[str]) -> list[str]:
    """Restore a record as it was in the original file; our own columns, which nothing reads, are emptied."""
    return [*([""] * len(OWN_COLUMNS)), *map(unguarded_cell, fields[len(OWN_COLUMNS) :])]
