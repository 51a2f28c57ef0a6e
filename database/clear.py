"""Emptying a database: all that an upgrade made in it goes, so that the next one begins from nothing."""

from __future__ import annotations

import asyncpg

from database.rights import quoted
from database.roles import OWNER, SCHEMAS


async def clear(admin_dsn: str) -> None:
    """Drop every schema of ours with all that is in it; all of them or none.

    Not the database itself: whoever may upgrade it may do this too, wherever it runs and whoever made it.
    Raises OSError, asyncpg.PostgresError.
    """
    connection = await asyncpg.connect(admin_dsn)
    try:
        async with connection.transaction():
            # They are the owner's; where it is missing, no upgrade ever ran on this server.
            if await connection.fetchval("select true from pg_roles where rolname = $1", OWNER):
                await connection.execute(f"set local role {OWNER}")
            for schema in SCHEMAS:
                await connection.execute(f"drop schema if exists {quoted(schema)} cascade")
    finally:
        await connection.close()
