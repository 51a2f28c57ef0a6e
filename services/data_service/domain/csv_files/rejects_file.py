"""A file of rejects that comes back corrected: the columns that it had before the file's own, and its guarded cells."""

from collections.abc import Sequence
from typing import Final

from services.data_service.domain.files.spreadsheet_safe import unguarded_cell

OWN_COLUMNS: Final = ("line", "reason")


def is_rejects_file(header: Sequence[str]) -> bool:
    """Whether a file begins with the columns of our rejects."""
    return tuple(header[: len(OWN_COLUMNS)]) == OWN_COLUMNS


def original_cells(fields: Sequence[str]) -> list[str]:
    """A record as it was in the first file; the columns of our own, which are read nowhere, are empty."""
    return [*([""] * len(OWN_COLUMNS)), *map(unguarded_cell, fields[len(OWN_COLUMNS) :])]
