"""What becomes of a transaction that does not simply end."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import asyncpg
import pytest

from common.db import Connection, Database
from common.db import pool as pools
from common.db.outage import is_outage
from common.db.pool import SilentlyUndone
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.probe import some_tenant
from common.testing.road import Road

_WRITE = "insert into insights.idempotency_key (tenant_id, account_id, key, request_hash) values ($1, $1, 'k', '')"
_SLEEPS = "select exists (select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database())"


@pytest.fixture
async def one_connection(settings: Settings) -> AsyncGenerator[Database]:
    database = await Database.connect(settings.dsn("insights"), name="insights", max_size=1)
    yield database
    await database.close()


@pytest.fixture
async def admin(database: MigratedDatabase) -> AsyncGenerator[Connection]:
    connection = await asyncpg.connect(database.superuser_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def road(settings: Settings) -> AsyncGenerator[Road]:
    async with Road.to(settings.postgres_host, settings.postgres_port) as road:
        yield road


@pytest.fixture
async def on_the_road(settings: Settings, road: Road) -> AsyncGenerator[Database]:
    """A database whose one connection can be held up and cut."""
    way = settings.model_copy(update={"postgres_port": road.port})
    database = await Database.connect(way.dsn("insights"), name="insights", max_size=1)
    yield database
    database.pool.terminate()


async def _until_it_sleeps(admin: Connection) -> None:
    """Until a statement sleeps. A cancel that comes before PostgreSQL has read it is for none."""
    async with asyncio.timeout(20):
        while not await admin.fetchval(_SLEEPS):
            await asyncio.sleep(0.01)


async def _end_by_cutting(road: Road, task: asyncio.Task[None]) -> None:
    """Cut the road, and whatever connects anew, until the task has ended."""
    async with asyncio.timeout(20):
        while not task.done():
            await asyncio.sleep(0.01)
            road.cut()


async def _rows(database: Database) -> int:
    async with database.tenant(some_tenant(), readonly=True) as connection:
        return int(await connection.fetchval("select count(*) from insights.idempotency_key") or 0)


async def test_a_failure_undoes_what_was_written(one_connection: Database) -> None:
    with pytest.raises(LookupError):
        async with one_connection.tenant(some_tenant()) as connection:
            await connection.execute(_WRITE, some_tenant())
            raise LookupError

    assert await _rows(one_connection) == 0


async def test_a_caught_error_of_postgres_is_not_taken_for_a_commit(one_connection: Database) -> None:
    with pytest.raises(SilentlyUndone):
        async with one_connection.tenant(some_tenant()) as connection:
            await connection.execute(_WRITE, some_tenant())
            with pytest.raises(asyncpg.UndefinedTableError):
                await connection.execute("select from nowhere")

    assert await _rows(one_connection) == 0


async def test_a_cancelled_transaction_leaves_a_clean_connection(one_connection: Database, admin: Connection) -> None:
    async def write_slowly() -> None:
        async with one_connection.tenant(some_tenant()) as connection:
            await connection.execute(_WRITE, some_tenant())
            await connection.execute("select pg_sleep(60)")

    task = asyncio.create_task(write_slowly())
    await _until_it_sleeps(admin)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await _rows(one_connection) == 0


async def test_a_cancelled_transaction_stays_cancelled_if_its_connection_is_lost_in_the_roll_back(
    on_the_road: Database, road: Road, admin: Connection
) -> None:
    async def sleep() -> None:
        async with on_the_road.tenant(some_tenant()) as connection:
            await connection.execute("select pg_sleep(60)")

    task = asyncio.create_task(sleep())
    await _until_it_sleeps(admin)
    road.held.set()
    task.cancel()
    await _end_by_cutting(road, task)

    assert task.cancelled()


async def test_a_roll_back_that_is_cancelled_ends_as_cancelled(on_the_road: Database, road: Road) -> None:
    failed = asyncio.Event()

    async def fail() -> None:
        async with on_the_road.tenant(some_tenant()):
            road.held.set()
            failed.set()
            raise LookupError

    task = asyncio.create_task(fail())
    await asyncio.wait_for(failed.wait(), 20)
    await asyncio.sleep(0)
    task.cancel()
    await _end_by_cutting(road, task)

    assert task.cancelled()


async def test_a_connection_that_cannot_take_back_its_statement_hides_no_cancellation(
    on_the_road: Database, road: Road, admin: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "ACQUIRE_TIMEOUT_SECONDS", 0.5)

    async def sleep() -> None:
        async with on_the_road.connection() as connection:
            await connection.execute("select pg_sleep(60)")

    task = asyncio.create_task(sleep())
    await _until_it_sleeps(admin)
    road.held.set()
    task.cancel()
    await asyncio.wait([task], timeout=20)

    assert task.cancelled()


async def test_waiting_too_long_for_a_connection_is_an_outage(
    one_connection: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "ACQUIRE_TIMEOUT_SECONDS", 0.05)
    async with one_connection.tenant(some_tenant()):
        with pytest.raises(ConnectionError) as refused:
            await _rows(one_connection)

    assert is_outage(refused.value)


async def test_a_connection_lost_before_the_commit_is_an_outage(one_connection: Database, admin: Connection) -> None:
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)) as lost:
        async with one_connection.tenant(some_tenant()) as connection:
            await connection.execute(_WRITE, some_tenant())
            await admin.execute("select pg_terminate_backend($1)", connection.get_server_pid())
            await _until_noticed(connection)

    assert is_outage(lost.value)
    assert await _rows(one_connection) == 0


async def _until_noticed(connection: Connection) -> None:
    """Until the driver knows that the connection is gone, and the pool has taken it back."""
    async with asyncio.timeout(20):
        with contextlib.suppress(asyncpg.InterfaceError):
            while not connection.is_closed():
                await asyncio.sleep(0.01)
