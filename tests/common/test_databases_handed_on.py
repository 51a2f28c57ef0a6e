import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg

from common.testing.cluster import MigratedDatabase, PostgresCluster


async def used(database: MigratedDatabase) -> None:
    """Leave users behind that the planner knows about."""
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        await connection.execute(
            "insert into data.users (tenant_id, user_id) select $1, number::text from generate_series(1, 500) number",
            uuid4(),
        )
        await connection.execute("analyze data.users")
    finally:
        await connection.close()


async def known_of(database: MigratedDatabase) -> list[tuple[int, float, int]]:
    """How many users there are, and for how many, with how many statistics, the planner takes them."""
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        rows = await connection.fetch(
            "select (select count(*) from data.users), reltuples,"
            " (select count(*) from pg_stats where schemaname = 'data') from pg_class"
            " where oid = 'data.users'::regclass"
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


def test_a_database_that_a_test_used_is_handed_on_empty_and_unknown_to_the_planner(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    with postgres.database(tmp_path) as first:
        asyncio.run(used(first))
        [(rows, expected, statistics)] = asyncio.run(known_of(first))
        assert (rows, expected) == (500, 500)
        assert statistics > 0
    with postgres.database(tmp_path) as second:
        assert second.name == first.name
        assert asyncio.run(known_of(second)) == [(0, -1, 0)]
