"""Exports a month of a daily table as a Parquet file, and verifies the file by reading it back."""

from asyncio import to_thread
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import polars as pl

from common.db import Connection
from common.files import FileStore
from services.analytics_service.store.retained_exports import (
    Column,
    Totals,
    columns_of,
    note_export,
    rows_of_month,
    totals_of_month,
)

_TYPES: Final[dict[str, pl.DataType]] = {
    "int4": pl.Int64(),
    "int8": pl.Int64(),
    "int4[]": pl.List(pl.Int64()),
    "numeric": pl.Decimal(38, 10),
    "date": pl.Date(),
    "bool": pl.Boolean(),
    "timestamptz": pl.Datetime("us", "UTC"),
}


class ExportBroken(Exception):
    """A file does not contain what was written into it; the rows in the database are kept."""


async def export_month(connection: Connection, files: FileStore, tenant_id: UUID, table: str, month: date) -> int:
    """Write a month's rows into the file store, record the file in the caller's transaction and return the row count.

    The file's name depends on tenant, table and month only, so a process killed before the commit overwrites it when it
    runs again.

    Raises:
        ExportBroken: the file, read back, has other rows or sums than the database.
        FilesAway: the file store does not answer.
    """
    columns = await columns_of(connection, table)
    expected = await totals_of_month(connection, tenant_id, table, columns, month)
    if expected.rows == 0:
        return 0
    frames = [
        await to_thread(_data_frame, rows, columns)
        async for rows in rows_of_month(connection, tenant_id, table, columns, month)
    ]
    content = await to_thread(_to_parquet, frames)
    name = f"{tenant_id}/{table}/{month:%Y-%m}.parquet"
    await files.put(name, content)
    found = await to_thread(_totals, await files.read(name) or b"", list(expected.sums))
    if found != expected:
        message = f"{name} was read back with {found}, not {expected}"
        raise ExportBroken(message)
    await note_export(connection, tenant_id, table, month, name, len(content), expected)
    return expected.rows


def _data_frame(rows: list[tuple[Any, ...]], columns: list[Column]) -> pl.DataFrame:
    return pl.DataFrame(rows, {column.name: _TYPES.get(column.type, pl.String()) for column in columns}, orient="row")


def _to_parquet(frames: list[pl.DataFrame]) -> bytes:
    target = BytesIO()
    pl.concat(frames).write_parquet(target)
    return target.getvalue()


def _totals(content: bytes, names: list[str]) -> Totals:
    try:
        frame = pl.read_parquet(BytesIO(content))
        return Totals(frame.height, {name: Decimal(str(frame[name].sum())) for name in names})
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"the file cannot be read back: {error}"
        raise ExportBroken(message) from error
