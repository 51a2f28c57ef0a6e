"""A connection to Postgres that is lost while much is on its way: the work ends with an error, and can be tried again.

The driver waits for room to write, and nothing wakes it once the connection is gone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from uuid import uuid4

import asyncpg
import pytest_asyncio

from common.db import Connection
from common.db.outage import is_outage
from common.testing.cluster import MigratedDatabase
from common.testing.road import Road
from services.data_service.store.events.staging import stage
from services.data_service.store.files.import_files import add_rejects
from services.data_service.store.files.rejected_line import RejectedLine

# Far more than the kernel takes for a peer that does not read.
_LINES, _TEXT = 100_000, "x" * 1_000
_EVENT = "\t".join(("0", "0", "0" * 32, "", "", "1", "", _TEXT, *[""] * 6))
# Turns of the loop in which the client fills what the kernel takes, some 100 kB in each.
_TURNS_UNTIL_FULL = 2_000


@pytest_asyncio.fixture
async def road(database: MigratedDatabase) -> AsyncIterator[Road]:
    settings = database.settings
    async with Road.to(settings.postgres_host, settings.postgres_port, holds_after=1_000_000) as road:
        yield road


@pytest_asyncio.fixture
async def writer(road: Road, database: MigratedDatabase) -> AsyncIterator[Connection]:
    """A connection on the road, in a transaction, past policies and foreign keys."""
    connection = await asyncpg.connect(database.superuser_dsn, host="127.0.0.1", port=road.port, ssl=False)
    await connection.execute("begin; set local session_replication_role = replica")
    yield connection
    connection.terminate()


async def _error_of(work: Awaitable[None], road: Road) -> BaseException | None:
    """How the work ends when its connection is lost in the middle of it."""
    task = asyncio.ensure_future(work)
    async with asyncio.timeout(20):
        await road.held.wait()
        for _ in range(_TURNS_UNTIL_FULL):
            await asyncio.sleep(0)
        road.cut()
        await asyncio.wait([task])
    return task.exception()


async def test_a_copy_into_the_staging_table_ends_with_its_connection(writer: Connection, road: Road):
    error = await _error_of(stage(writer, (_EVENT + "\n").encode() * _LINES), road)
    assert error is not None
    assert is_outage(error)


async def test_storing_rejected_lines_ends_with_its_connection(writer: Connection, road: Road):
    rejects = [RejectedLine(line, "why", [_TEXT]) for line in range(_LINES)]
    error = await _error_of(add_rejects(writer, uuid4(), uuid4(), rejects, already=0), road)
    assert error is not None
    assert is_outage(error)
