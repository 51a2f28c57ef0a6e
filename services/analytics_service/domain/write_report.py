"""Writes a report as a temporary file, which is gone from the disk once its reader has closed it.

The whole file is written before the first byte is sent. So a slow client holds no database connection, and an error is
answered as an error instead of ending in half a file.
"""

from asyncio import to_thread
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import polars as pl
import xlsxwriter

from common.spreadsheet_safe import safe_cell
from services.analytics_service.domain.report_kinds import ReportFormat
from services.analytics_service.errors import ReportInvalid

# Without a byte order mark, spreadsheets read the file in a legacy encoding.
_BYTE_ORDER_MARK = "\ufeff"
_TEXT_COLUMNS = {"platform", "campaign_ref", "campaign_name"}
_MONEY_COLUMNS = {"revenue", "spend"}
_TYPES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    **{name: pl.Decimal(38, 2) for name in _MONEY_COLUMNS},
    **{name: pl.String() for name in _TEXT_COLUMNS},
}
_PARQUET_GROUP_ROWS = 50_000
_MAX_SHEET_ROWS = 200_000
_MAX_CELL_CHARACTERS = 32_767
# Widths of a sheet's columns, in characters.
_COLUMN_WIDTH = 12
_COLUMN_WIDTHS = {"campaign_ref": 24, "campaign_name": 36}
Chunks = AsyncIterable[list[tuple[Any, ...]]]


async def write_report(file_format: ReportFormat, columns: Sequence[str], chunks: Chunks) -> IO[bytes]:
    """Write the whole report and return the file, open at its beginning.

    Raises:
        ReportInvalid: the report has too many rows for a sheet.
    """
    with TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        written = folder / "report.csv"
        if file_format == "xlsx":
            chunks = _limited(_MAX_SHEET_ROWS, chunks)
        await _write_csv(written, columns, chunks, for_people=file_format == "csv")
        if file_format != "csv":
            convert = _to_parquet if file_format == "parquet" else _to_sheet
            written = await to_thread(convert, written, columns)
        return await to_thread(written.open, "rb")


async def _write_csv(path: Path, columns: Sequence[str], chunks: Chunks, *, for_people: bool) -> None:
    texts = [index for index, name in enumerate(columns) if name in _TEXT_COLUMNS]
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(_BYTE_ORDER_MARK if for_people else "")
        out.write(f"{','.join(columns)}\r\n")
        async for rows in chunks:
            out.writelines(_line(_spreadsheet_safe(row, texts) if for_people else row) for row in rows)


def _spreadsheet_safe(row: tuple[Any, ...], texts: Sequence[int]) -> list[Any]:
    """Return the row with texts that no spreadsheet runs as a formula."""
    cells = list(row)
    for index in texts:
        cells[index] = safe_cell(cells[index]) if cells[index] else cells[index]
    return cells


def _line(row: Sequence[Any]) -> str:
    """Return a CSV line. Texts are quoted, so that an empty text differs from a missing one."""
    return f"{','.join(map(_cell, row))}\r\n"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return "" if value is None else str(value)


def _read_back(path: Path, columns: Sequence[str]) -> pl.LazyFrame:
    return pl.scan_csv(path, schema={name: _TYPES.get(name, pl.Int64()) for name in columns})


def _to_parquet(path: Path, columns: Sequence[str]) -> Path:
    target = path.with_suffix(".parquet")
    _read_back(path, columns).sink_parquet(target, row_group_size=_PARQUET_GROUP_ROWS)
    return target


async def _limited(limit: int, chunks: Chunks) -> AsyncGenerator[list[tuple[Any, ...]]]:
    count = 0
    async for rows in chunks:
        count += len(rows)
        if count > limit:
            raise ReportInvalid.of("format", f"a sheet has at most {limit:,} rows: ask for fewer days, csv or parquet")
        yield rows


def _to_sheet(path: Path, columns: Sequence[str]) -> Path:
    target = path.with_suffix(".xlsx")
    options = {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet()
        money, heading = book.add_format({"num_format": "#,##0.00"}), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(columns):
            sheet.set_column(column, column, _COLUMN_WIDTHS.get(name, _COLUMN_WIDTH))
            sheet.write_string(0, column, name, heading)
        for line, row in enumerate(_read_back(path, columns).collect().iter_rows(), start=1):
            for column, (name, cell) in enumerate(zip(columns, row, strict=True)):
                if cell is None:
                    continue
                if name in _TEXT_COLUMNS:
                    # Written as text, so that nothing becomes a formula or a link.
                    sheet.write_string(line, column, cell[:_MAX_CELL_CHARACTERS])
                elif name == "day":
                    sheet.write_datetime(line, column, cell)
                else:
                    sheet.write_number(line, column, cell, money if name in _MONEY_COLUMNS else None)
    return target
