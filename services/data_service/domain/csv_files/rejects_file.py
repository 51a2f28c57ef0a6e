"""A file of rejects that comes back corrected: the columns that it had before the file's own, and its guarded cells."""

from collections.abc import Sequence
from typing import Final

from common.spreadsheet_safe import unguarded_cell

OWN_COLUMNS: Final = ("line", "reason")
# The reason of a line of ads that is rejected alone: other lines of its day may be in, and it would take their place.
OF_NO_DAY: Final = "which campaign's day it is part of cannot be read: correct it in the whole file"


def is_rejects_file(header: Sequence[str]) -> bool:
    """Whether a file begins with the columns of our rejects."""
    return tuple(header[: len(OWN_COLUMNS)]) == OWN_COLUMNS


def alone_before(fields: Sequence[str]) -> bool:
    """Whether a record of rejects was rejected alone, of ads, and so is not to be corrected there."""
    return any(OF_NO_DAY in reason for reason in fields[1:2])


def original_cells(fields: Sequence[str]) -> list[str]:
    """A record as it was in the first file; the columns of our own, which are read nowhere, are empty."""
    return [*([""] * len(OWN_COLUMNS)), *map(unguarded_cell, fields[len(OWN_COLUMNS) :])]
