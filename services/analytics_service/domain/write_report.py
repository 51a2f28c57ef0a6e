"""A report as a file: nothing of it stays on the disk once its reader has closed it.

It is written before the first byte goes out: a slow reader holds no connection to the database, and what goes wrong is
an answer of its own instead of half a file.
"""

import csv
from asyncio import to_thread
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import polars as pl
import xlsxwriter

from common.spreadsheet_safe import safe_cell
from services.analytics_service.domain.report_kinds import ReportFormat
from services.analytics_service.errors import ReportInvalid

# Without it a spreadsheet takes the file for one in its own old encoding.
_MARK = "\ufeff"
_TEXTS = {"platform", "campaign_ref", "campaign_name"}
_TYPES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "revenue": pl.Decimal(38, 10),
    "spend": pl.Decimal(38, 10),
    **{name: pl.String() for name in _TEXTS},
}
_ROWS_OF_A_GROUP = 50_000
_ROWS_OF_A_SHEET = 200_000
_LETTERS_OF_A_CELL = 32_767
Pieces = AsyncIterable[list[tuple[Any, ...]]]


async def write_report(file_format: ReportFormat, columns: Sequence[str], pieces: Pieces) -> IO[bytes]:
    """The whole report, open at its beginning.

    Raises:
        ReportInvalid: it has too many rows for a sheet.
    """
    with TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        written = folder / "report.csv"
        if file_format == "xlsx":
            pieces = _at_most(_ROWS_OF_A_SHEET, pieces)
        await _write_csv(written, columns, pieces, for_people=file_format == "csv")
        if file_format != "csv":
            made = _to_parquet if file_format == "parquet" else _to_sheet
            written = await to_thread(made, written, columns)
        return await to_thread(written.open, "rb")


async def _write_csv(path: Path, columns: Sequence[str], pieces: Pieces, *, for_people: bool) -> None:
    texts = [place for place, name in enumerate(columns) if name in _TEXTS]
    with path.open("wb") as raw, TextIOWrapper(raw, encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
        out.write(_MARK if for_people else "")
        writer.writerow(columns)
        async for rows in pieces:
            writer.writerows([_guarded(row, texts) for row in rows] if for_people else rows)


def _guarded(row: tuple[Any, ...], texts: Sequence[int]) -> list[Any]:
    """A row whose texts no spreadsheet runs as a formula."""
    cells = list(row)
    for place in texts:
        cells[place] = safe_cell(cells[place] or "")
    return cells


def _to_parquet(path: Path, columns: Sequence[str]) -> Path:
    target = path.with_suffix(".parquet")
    schema = {name: _TYPES.get(name, pl.Int64()) for name in columns}
    pl.scan_csv(path, schema=schema).sink_parquet(target, row_group_size=_ROWS_OF_A_GROUP)
    return target


async def _at_most(limit: int, pieces: Pieces) -> AsyncGenerator[list[tuple[Any, ...]]]:
    told = 0
    async for rows in pieces:
        told += len(rows)
        if told > limit:
            raise ReportInvalid.of("format", f"a sheet has at most {limit:,} rows: ask for fewer days, csv or parquet")
        yield rows


def _to_sheet(path: Path, columns: Sequence[str]) -> Path:
    target = path.with_suffix(".xlsx")
    options = {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd"}
    with path.open(encoding="utf-8", newline="") as file, xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(csv.reader(file)):
            for place, (name, cell) in enumerate(zip(columns, row, strict=True)):
                if line == 0 or name in _TEXTS:
                    # (as text, so that nothing is a formula or a link)
                    sheet.write_string(line, place, cell[:_LETTERS_OF_A_CELL])
                elif name == "day":
                    sheet.write_datetime(line, place, datetime.fromisoformat(cell))
                else:
                    sheet.write_number(line, place, float(cell))
    return target
