"""What left by age and where its files are: table `analytics.retained_export`, and the rows of a month that leaves."""

from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.pagination import PageParams
from services.analytics_service.store.retention import DAILY_TABLES

_AT_A_TIME: Final = 5_000
# As in reports: Parquet's money has ten decimals.
_DECIMALS: Final = 10
_NUMBERS: Final = ("int4", "int8", "numeric")
_COLUMNS: Final = "export_id, table_name, month, rows, bytes, sums, written_at"


class Column(NamedTuple):
    """A column of a table, and Postgres' name of its type."""

    name: str
    type: str


class Totals(NamedTuple):
    """How many rows there are, and the sum of each column of numbers."""

    rows: int
    sums: dict[str, Decimal]


async def columns_of(connection: Connection, table: str) -> list[Column]:
    """The table's columns but the tenant's."""
    prepared = await connection.prepare(f"select * from analytics.{table} limit 0")  # noqa: S608 -- own names
    found = [Column(one.name, one.type.name) for one in prepared.get_attributes()]
    return [one for one in found if one.name != "tenant_id"]


async def rows_of_month(
    connection: Connection, tenant_id: UUID, table: str, columns: list[Column], month: date
) -> AsyncGenerator[list[tuple[Any, ...]]]:
    """A month's rows in order, in pieces."""
    order = ", ".join(("day", *DAILY_TABLES[table]))
    cursor = await connection.cursor(
        f"select {', '.join(map(_told, columns))} from analytics.{table}"  # noqa: S608 -- own names
        f" where tenant_id = $1 and day >= $2 and day < ($2 + interval '1 month')::date order by {order}",
        tenant_id,
        month,
    )
    while rows := await cursor.fetch(_AT_A_TIME):
        yield [tuple(row) for row in rows]


async def totals_of_month(
    connection: Connection, tenant_id: UUID, table: str, columns: list[Column], month: date
) -> Totals:
    """What a file of the month has to add up to."""
    numbers = [one for one in columns if one.type in _NUMBERS]
    row: Any = await connection.fetchrow(
        f"select count(*){''.join(f', coalesce(sum({_told(one)}), 0)::numeric' for one in numbers)}"  # noqa: S608 -- own names
        f" from analytics.{table} where tenant_id = $1 and day >= $2 and day < ($2 + interval '1 month')::date",
        tenant_id,
        month,
    )
    count, *sums = row
    return Totals(count, dict(zip((one.name for one in numbers), sums, strict=True)))


def _told(column: Column) -> str:
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
    """Write down a file that has been read back."""
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
    """Newest months first, and how many there are in all."""
    total = await connection.fetchval("select count(*) from analytics.retained_export where tenant_id = $1", tenant_id)
    rows = await connection.fetch(
        f"select {_COLUMNS} from analytics.retained_export where tenant_id = $1"  # noqa: S608 -- own names
        " order by month desc, table_name limit $2 offset $3",
        tenant_id,
        page.limit,
        page.offset,
    )
    return [{**row, "sums": from_jsonb(row["sums"])} for row in rows], total or 0


async def find_export(connection: Connection, tenant_id: UUID, export_id: UUID) -> tuple[str, str] | None:
    """The name of its file in the file store, and what it is called for who fetches it."""
    row = await connection.fetchrow(
        "select file_name, table_name || '-' || to_char(month, 'YYYY-MM') || '.parquet'"
        " from analytics.retained_export where tenant_id = $1 and export_id = $2",
        tenant_id,
        export_id,
    )
    return None if row is None else (row[0], row[1])
