"""Rows of a file that are committed together."""

from collections.abc import Sequence

import msgspec

from services.data_service.store.events.copy_text import copy_text


class StagedRows(msgspec.Struct, frozen=True):
    """`copy` is the body of the COPY into the staging table of `table`, with `count` rows, each id once."""

    table: str
    columns: list[str]
    copy: bytes
    count: int


def staged_rows(table: str, columns: Sequence[str], rows: Sequence[Sequence[str]], key: int = 1) -> StagedRows:
    """Build them; the first `key` columns are the id, and the last row of an id wins."""
    latest = {tuple(row[:key]): row for row in rows}
    return StagedRows(table, list(columns), copy_text(list(latest.values())), len(latest))
