"""A connection to Postgres that is lost while much is on its way: the work ends with an error, and can be tried again.

The driver waits for room to write, and nothing wakes it once the connection is gone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import asyncpg
import pytest_asyncio

from common.db import Connection
from common.db.outage import is_outage
from common.testing.cluster import MigratedDatabase
from services.data_service.store.events.staging import stage
from services.data_service.store.files.import_files import add_rejects
from services.data_service.store.files.rejected_line import RejectedLine

# Four times as much as the kernel takes for a peer that does not read.
_LINES, _TEXT = 150_000, "x" * 1_000
_STALLS_AFTER = 1_000_000
# Turns of the loop in which the client fills what the kernel takes, some 100 kB in each.
_TURNS_UNTIL_FULL = 2_000
_EVENT = "\t".join(("0", "0", "0" * 32, "", "", "1", "", _TEXT, *[""] * 6))


class StallingRoad:
    """A TCP road to the database that reads so many bytes of the client and then no more; `drop` ends it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.stalled = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._open, "127.0.0.1", 0)

    def drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        database_reader, database_writer = await asyncio.open_connection(self.host, self.port)
        self._writers += [writer, database_writer]
        await asyncio.gather(
            self._pass_on(database_reader, writer.write),
            self._pass_on(reader, database_writer.write, _STALLS_AFTER),
            return_exceptions=True,
        )

    async def _pass_on(
        self, reader: asyncio.StreamReader, write: Callable[[bytes], None], until: float = float("inf")
    ) -> None:
        passed = 0
        while passed < until and (some := await reader.read(65_536)):
            write(some)
            passed += len(some)
        if passed >= until:
            self.stalled.set()


@pytest_asyncio.fixture
async def road(database: MigratedDatabase) -> AsyncIterator[StallingRoad]:
    settings = database.settings
    yield StallingRoad(settings.postgres_host, settings.postgres_port)


@pytest_asyncio.fixture
async def writer(road: StallingRoad, database: MigratedDatabase) -> AsyncIterator[Connection]:
    """A connection on the stalling road, in a transaction, past policies and foreign keys."""
    async with await road.listen() as server:
        port = server.sockets[0].getsockname()[1]
        connection = await asyncpg.connect(database.superuser_dsn, host="127.0.0.1", port=port, ssl=False)
        await connection.execute("begin; set local session_replication_role = replica")
        yield connection
        connection.terminate()


async def _error_of(work: Awaitable[None], road: StallingRoad) -> BaseException | None:
    """How the work ends when its connection is lost in the middle of it."""
    task = asyncio.ensure_future(work)
    async with asyncio.timeout(20):
        await road.stalled.wait()
        for _ in range(_TURNS_UNTIL_FULL):
            await asyncio.sleep(0)
        road.drop()
        await asyncio.wait([task])
    return task.exception()


async def test_a_copy_into_the_staging_table_ends_with_its_connection(writer: Connection, road: StallingRoad):
    error = await _error_of(stage(writer, (_EVENT + "\n").encode() * _LINES), road)
    assert error is not None
    assert is_outage(error)


async def test_storing_rejected_lines_ends_with_its_connection(writer: Connection, road: StallingRoad):
    rejects = [RejectedLine(line, "why", [_TEXT]) for line in range(100_000)]
    error = await _error_of(add_rejects(writer, uuid4(), uuid4(), rejects, already=0), road)
    assert error is not None
    assert is_outage(error)
