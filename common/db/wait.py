"""Waiting for Postgres at start, saying for what."""

import asyncio

import asyncpg
from loguru import logger

from common.db.pool import Database

_RETRY_SECONDS = 0.5


class DatabaseNotReady(Exception):
    """Postgres did not answer, or is not migrated, within the time allowed."""


async def connect_when_ready(dsn: str, *, service: str, max_size: int, within_seconds: float = 60) -> Database:
    """Open the pool once the server answers and the service's schema stands.

    Raises:
        DatabaseNotReady: it did not come up in time; the message says what was missing.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_seconds
    said = ""
    while True:
        try:
            database = await Database.connect(dsn, name=service, max_size=max_size)
            if await database.pool.fetchval("select to_regclass($1) is not null", f"{service}.outbox"):
                return database
            await database.close()
            reason = f"the schema {service} is not migrated yet (branchwise db upgrade)"
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            reason = f"Postgres does not take us: {type(error).__name__}: {error}"
        if reason != said:
            logger.info("waiting: {}", reason)
            said = reason
        if loop.time() > deadline:
            raise DatabaseNotReady(reason)
        await asyncio.sleep(_RETRY_SECONDS)
