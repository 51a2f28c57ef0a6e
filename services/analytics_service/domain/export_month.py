"""A month of a table of days as a Parquet file, read back before anybody relies on it."""

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
    """A file does not say what was written into it; what it was made of is kept."""


async def export_month(connection: Connection, files: FileStore, tenant_id: UUID, table: str, month: date) -> int:
    """Write a month's rows into the file store and note it in the caller's transaction; gives how many there were.

    The file's name hangs on tenant, table and month alone: whoever was killed before the commit writes it again.

    Raises:
        ExportBroken: read back, it has other rows or sums than the database.
        FilesAway: the file store does not answer.
    """
    columns = await columns_of(connection, table)
    expected = await totals_of_month(connection, tenant_id, table, columns, month)
    if expected.rows == 0:
        return 0
    frames = [
        await to_thread(_frame, rows, columns)
        async for rows in rows_of_month(connection, tenant_id, table, columns, month)
    ]
    content = await to_thread(_parquet, frames)
    name = f"{tenant_id}/{table}/{month:%Y-%m}.parquet"
    await files.put(name, content)
    found = await to_thread(_totals, await files.read(name) or b"", list(expected.sums))
    if found != expected:
        message = f"{name} was read back with {found}, not {expected}"
        raise ExportBroken(message)
    await note_export(connection, tenant_id, table, month, name, len(content), expected)
    return expected.rows


def _frame(rows: list[tuple[Any, ...]], columns: list[Column]) -> pl.DataFrame:
    return pl.DataFrame(rows, {one.name: _TYPES.get(one.type, pl.String()) for one in columns}, orient="row")


def _parquet(frames: list[pl.DataFrame]) -> bytes:
    target = BytesIO()
    pl.concat(frames).write_parquet(target)
    return target.getvalue()


def _totals(content: bytes, names: list[str]) -> Totals:
    try:
        frame = pl.read_parquet(BytesIO(content))
        return Totals(frame.height, {name: Decimal(str(frame[name].sum())) for name in names})
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"a file cannot be read back: {error}"
        raise ExportBroken(message) from error
