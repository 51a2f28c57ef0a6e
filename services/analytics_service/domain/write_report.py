"""A report as a file: nothing of it stays on the disk once its reader has closed it.

It is written before the first byte goes out: a slow reader holds no connection to the database, and what goes wrong is
an answer of its own instead of half a file.
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

# Without it a spreadsheet takes the file for one in its own old encoding.
_MARK = "\ufeff"
_TEXTS = {"platform", "campaign_ref", "campaign_name"}
_MONEY = {"revenue", "spend"}
_TYPES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    **{name: pl.Decimal(38, 2) for name in _MONEY},
    **{name: pl.String() for name in _TEXTS},
}
_ROWS_OF_A_GROUP = 50_000
_ROWS_OF_A_SHEET = 200_000
_LETTERS_OF_A_CELL = 32_767
# Of a sheet's columns, in letters.
_WIDTH = 12
_WIDTHS = {"campaign_ref": 24, "campaign_name": 36}
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
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(_MARK if for_people else "")
        out.write(f"{','.join(columns)}\r\n")
        async for rows in pieces:
            out.writelines(_line(_guarded(row, texts) if for_people else row) for row in rows)


def _guarded(row: tuple[Any, ...], texts: Sequence[int]) -> list[Any]:
    """A row whose texts no spreadsheet runs as a formula."""
    cells = list(row)
    for place in texts:
        cells[place] = safe_cell(cells[place]) if cells[place] else cells[place]
    return cells


def _line(row: Sequence[Any]) -> str:
    """Texts in quotes, so that an empty one is told from none."""
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
    _read_back(path, columns).sink_parquet(target, row_group_size=_ROWS_OF_A_GROUP)
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
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet()
        money, heading = book.add_format({"num_format": "#,##0.00"}), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(name, _WIDTH))
            sheet.write_string(0, place, name, heading)
        for line, row in enumerate(_read_back(path, columns).collect().iter_rows(), start=1):
            for place, (name, cell) in enumerate(zip(columns, row, strict=True)):
                if cell is None:
                    continue
                if name in _TEXTS:
                    # (as text, so that nothing is a formula or a link)
                    sheet.write_string(line, place, cell[:_LETTERS_OF_A_CELL])
                elif name == "day":
                    sheet.write_datetime(line, place, cell)
                else:
                    sheet.write_number(line, place, cell, money if name in _MONEY else None)
    return target
