"""Encrypt all sealed values again with the current key, while the services keep running."""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

from loguru import logger

from common.db import Connection, Database
from common.sealed_columns import SEALED_COLUMNS, SealedColumn
from common.sealing import SealBroken, seal, sealed_with, unseal
from common.settings import Settings

LOOKUP = "reseal"
# Rows per transaction. Few, because whoever changes one of them meanwhile has to wait for its end.
BATCH = 500


class Resealed(NamedTuple):
    """The numbers of resealed and unreadable values of a column. No key opens the latter, and they are not changed."""

    column: SealedColumn
    resealed: int
    unreadable: int


async def reseal(settings: Settings) -> AsyncGenerator[Resealed]:
    """Reseal one column after the other, each with the role of its service.

    Values that are sealed with the current key are skipped, so that an interrupted run can be repeated.

    Raises:
        OSError, asyncpg.PostgresError: the database does not answer or is not migrated.
    """
    for column in SEALED_COLUMNS:
        database = await Database.connect(settings.dsn(column.service), name=f"reseal-{column.service}", max_size=1)
        try:
            yield await reseal_column(database, settings, column)
        finally:
            await database.close()


async def unreadable(settings: Settings) -> int:
    """Count the stored values that none of the keys opens. Nothing is changed.

    Raises:
        OSError, asyncpg.PostgresError: the database does not answer or is not migrated.
    """
    count = 0
    for column in SEALED_COLUMNS:
        database = await Database.connect(settings.dsn(column.service), name=f"reseal-{column.service}", max_size=1)
        try:
            async with database.lookup(LOOKUP) as connection:
                async for key, sealed in connection.cursor(
                    f"select {column.key}, {column.column} from {column.service}.{column.table}"  # noqa: S608 -- own names
                    f" where {column.column} is not null"
                ):
                    count += not _opens(settings, sealed, column.place(key))
        finally:
            await database.close()
    return count


def _opens(settings: Settings, sealed: str, place: str) -> bool:
    try:
        unseal(settings, sealed, place)
    except SealBroken:
        return False
    return True


async def reseal_column(database: Database, settings: Settings, column: SealedColumn, batch: int = BATCH) -> Resealed:
    """Reseal one column, `batch` rows per transaction."""
    after: Any = None
    resealed = unreadable = 0
    while True:
        async with database.lookup(LOOKUP) as connection:
            rows = await _lock_next_rows(connection, settings, column, after, batch)
            for key, sealed in rows:
                if await _reseal_one(connection, settings, column, key, sealed):
                    resealed += 1
                else:
                    unreadable += 1
        if len(rows) < batch:
            return Resealed(column, resealed, unreadable)
        after = rows[-1][0]


async def _lock_next_rows(
    connection: Connection, settings: Settings, column: SealedColumn, after: Any, limit: int
) -> list[Any]:
    """Return and lock the next rows, as (key, value), whose value is not sealed with the current key."""
    return await connection.fetch(
        f"select {column.key}, {column.column} from {column.service}.{column.table}"  # noqa: S608 -- own names
        f" where not starts_with({column.column}, $1)"
        + (f" and {column.key} > $3" if after is not None else "")
        + f" order by {column.key} limit $2 for update",
        *(sealed_with(settings), limit),
        *(() if after is None else (after,)),
    )


async def _reseal_one(connection: Connection, settings: Settings, column: SealedColumn, key: Any, sealed: str) -> bool:
    place = column.place(key)
    try:
        resealed = seal(settings, unseal(settings, sealed, place), place)
    except SealBroken as error:
        logger.warning("{} stays as it is: {}", place if isinstance(key, str) else column.table, error)
        return False
    await connection.execute(
        f"update {column.service}.{column.table} set {column.column} = $2 where {column.key} = $1",  # noqa: S608 -- own names
        key,
        resealed,
    )
    return True
