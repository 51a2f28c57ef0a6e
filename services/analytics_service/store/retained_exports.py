"""Exports of dropped months: table `analytics.retained_export`, and reading the rows of a month to export."""

from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.pagination import PageParams
from services.analytics_service.store.retention import DAILY_TABLES

_CHUNK_ROWS: Final = 5_000
# The scale of numeric columns in the Parquet files.
_DECIMALS: Final = 10
_NUMERIC_TYPES: Final = ("int4", "int8", "numeric")
_COLUMNS: Final = "export_id, table_name, month, rows, bytes, sums, written_at"


class Column(NamedTuple):
    """A column of a table, and Postgres' name of its type."""

    name: str
    type: str


class Totals(NamedTuple):
    """The number of rows, and the sum of each numeric column."""

    rows: int
    sums: dict[str, Decimal]


async def columns_of(connection: Connection, table: str) -> list[Column]:
    """Return the table's columns without tenant_id."""
    prepared = await connection.prepare(f"select * from analytics.{table} limit 0")  # noqa: S608 -- own names
    found = [Column(attribute.name, attribute.type.name) for attribute in prepared.get_attributes()]
    return [column for column in found if column.name != "tenant_id"]


async def rows_of_month(
    connection: Connection, tenant_id: UUID, table: str, columns: list[Column], month: date
) -> AsyncGenerator[list[tuple[Any, ...]]]:
    """Yield a month's rows in order, in chunks."""
    order = ", ".join(("day", *DAILY_TABLES[table]))
    cursor = await connection.cursor(
        f"select {', '.join(map(_expression, columns))} from analytics.{table}"  # noqa: S608 -- own names
        f" where tenant_id = $1 and day >= $2 and day < ($2 + interval '1 month')::date order by {order}",
        tenant_id,
        month,
    )
    while rows := await cursor.fetch(_CHUNK_ROWS):
        yield [tuple(row) for row in rows]


async def totals_of_month(
    connection: Connection, tenant_id: UUID, table: str, columns: list[Column], month: date
) -> Totals:
    """Return the row count and sums that the month's file must have."""
    numeric = [column for column in columns if column.type in _NUMERIC_TYPES]
    row: Any = await connection.fetchrow(
        f"select count(*){''.join(f', coalesce(sum({_expression(column)}), 0)::numeric' for column in numeric)}"  # noqa: S608 -- own names
        f" from analytics.{table} where tenant_id = $1 and day >= $2 and day < ($2 + interval '1 month')::date",
        tenant_id,
        month,
    )
    count, *sums = row
    return Totals(count, dict(zip((column.name for column in numeric), sums, strict=True)))


def _expression(column: Column) -> str:
    match column.type:
        case "numeric":
            return f"round({column.name}, {_DECIMALS})"
        case "uuid" | "jsonb":
            return f"{column.name}::text"
        case _:
            return column.name


async def note_export(
    connection: Connection, tenant_id: UUID, table: str, month: date, file_name: str, size: int, totals: Totals
) -> None:
    """Record a file that was verified by reading it back."""
    await connection.execute(
        "insert into analytics.retained_export as e (tenant_id, table_name, month, file_name, rows, bytes, sums)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant_id, table_name, month) do update set"
        " rows = excluded.rows, bytes = excluded.bytes, sums = excluded.sums, written_at = excluded.written_at",
        tenant_id,
        table,
        month,
        file_name,
        totals.rows,
        size,
        to_jsonb({name: str(number) for name, number in totals.sums.items()}),
    )


async def list_exports(connection: Connection, tenant_id: UUID, page: PageParams) -> tuple[list[dict[str, Any]], int]:
    """Return a page of exports, the newest month first, and their total number."""
    total = await connection.fetchval("select count(*) from analytics.retained_export where tenant_id = $1", tenant_id)
    rows = await connection.fetch(
        f"select {_COLUMNS} from analytics.retained_export where tenant_id = $1"  # noqa: S608 -- own names
        " order by month desc, table_name limit $2 offset $3",
        tenant_id,
        page.limit,
        page.offset,
    )
    return [{**row, "sums": _plain(from_jsonb(row["sums"]))} for row in rows], total or 0


def _plain(sums: dict[str, str]) -> dict[str, str]:
    """Return the sums without exponents: a zero of ten decimals is stored as 0E-10."""
    return {name: f"{Decimal(number):f}" for name, number in sums.items()}


async def find_export(connection: Connection, tenant_id: UUID, export_id: UUID) -> tuple[str, str] | None:
    """Return the export's file name in the file store, and the name under which it is downloaded."""
    row = await connection.fetchrow(
        "select file_name, table_name || '-' || to_char(month, 'YYYY-MM') || '.parquet'"
        " from analytics.retained_export where tenant_id = $1 and export_id = $2",
        tenant_id,
        export_id,
    )
    return None if row is None else (row[0], row[1])
