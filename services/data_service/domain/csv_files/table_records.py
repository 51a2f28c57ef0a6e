"""Turn each record of a CSV into a row, a skipped total, or a rejection with its reason."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE, FX_RATES
from services.data_service.domain.csv_files.plan import FilePlan
from services.data_service.domain.csv_files.read_row import Row, RowReader
from services.data_service.domain.csv_files.rejects_file import (
    OF_NO_DAY,
    alone_before,
    is_rejects_file,
    original_cells,
)
from services.data_service.domain.csv_files.total_rows import TotalRows
from services.data_service.domain.csv_files.wide_rates import WideRates, is_wide
from services.data_service.domain.files.rejection import Rejected
from services.data_service.sources.csv_records import csv_records, unwrapped
from services.data_service.sources.lines import numbered_lines
from services.data_service.sources.text_encoding import as_utf8


class TableRecord(NamedTuple):
    """The record that begins on `line`. A record with neither a row nor a reason is a total among the rows.

    A line of exchange rates may give several rows: the others are in `more`. For a rejected campaign day, `readable`
    holds the values that can still be read (see `RowReader.readable`).
    """

    line: int
    fields: list[str]
    row: Row | None
    reason: str
    readable: Sequence[str | None] = ()
    more: Sequence[Row] = ()


def table_records(kind: str, plan: FilePlan, blocks: Iterable[bytes], *, after: int = 0) -> Iterator[TableRecord]:
    """Yield the records that begin after the header and after the line `after`.

    Raises:
        Rejected: before the first record, if a value that the plan has for every row does not fit its column.
        BrokenFile: the file breaks off.
    """
    reader, totals = RowReader(kind, plan), TotalRows(kind, plan)
    wide = WideRates(plan) if kind == FX_RATES and is_wide(plan.columns) else None
    is_ads = kind == CAMPAIGN_PERFORMANCE
    after, width, is_corrected = max(after, plan.header_line), len(plan.header), is_rejects_file(plan.header)
    for line, fields, problem in csv_records(numbered_lines(as_utf8(blocks, plan.encoding)), plan.separator):
        if line <= after:
            continue
        fields = unwrapped(fields, width, plan.separator)  # noqa: PLW2901 -- the same record
        if not any(map(str.strip, fields)):
            continue
        is_damaged = bool(problem)
        if is_corrected and not problem:
            problem = OF_NO_DAY if alone_before(fields) else ""  # noqa: PLW2901 -- likewise
            fields = original_cells(fields)  # noqa: PLW2901 -- likewise
        if problem:
            # A record that could not be parsed is a single text.
            cells = fields if len(fields) > 1 else fields[0].split(plan.separator)
            readable = reader.readable(cells, is_damaged=is_damaged) if is_ads else ()
            yield TableRecord(line, fields, None, problem, readable)
        elif totals.holds(fields):
            yield TableRecord(line, fields, None, "")
        else:
            try:
                row, *more = wide.read(fields) if wide is not None else (reader.read(fields),)
                yield TableRecord(line, fields, row, "", more=more)
            except Rejected as rejected:
                yield TableRecord(line, fields, None, rejected.reason, reader.readable(fields) if is_ads else ())
