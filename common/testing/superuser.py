"""The superuser's connection to each database of the tests, kept from one test to the next.

A connection of one's own for every tenant that a test makes costs PostgreSQL and Python ten times what is said over it.
They live on a thread: the loops of tests come and go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from threading import Thread
from typing import TypeVar

import asyncpg

from common.db import Connection

_Answer = TypeVar("_Answer")


async def as_superuser(dsn: str, statement: str, *values: object) -> None:
    """Run one statement that sees past the policies."""

    async def execute(connection: Connection) -> None:
        await connection.execute(statement, *values)

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_kept().use(dsn, execute), _kept().loop))


def on_connection(dsn: str, use: Callable[[Connection], Awaitable[_Answer]]) -> _Answer:
    """What `use` answers, which has the connection to itself and leaves it as it was; for who runs in no loop."""
    return asyncio.run_coroutine_threadsafe(_kept().use(dsn, use), _kept().loop).result()


def let_go(dsn: str) -> None:
    """Close the connection to a database that is to go, if there is one."""
    asyncio.run_coroutine_threadsafe(_kept().close(dsn), _kept().loop).result()


class _Kept:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._connections: dict[str, Connection] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        Thread(target=self.loop.run_forever, name="superuser of the tests", daemon=True).start()

    async def use(self, dsn: str, use: Callable[[Connection], Awaitable[_Answer]]) -> _Answer:
        async with self._turns.setdefault(dsn, asyncio.Lock()):
            connection = self._connections.get(dsn)
            if connection is None or connection.is_closed():
                connection = self._connections[dsn] = await asyncpg.connect(dsn)
            return await use(connection)

    async def close(self, dsn: str) -> None:
        self._turns.pop(dsn, None)
        connection = self._connections.pop(dsn, None)
        if connection is not None and not connection.is_closed():
            await connection.close()


@lru_cache(maxsize=1)
def _kept() -> _Kept:
    return _Kept()
