"""Links to one mailbox that are asked for at the same moment."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from services.auth_service.store.mailed_links import LinkMail, LinkRequest, add_link

WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
TAGGED = ("ada+one@example.com", "ada+two@example.com")


@pytest.fixture
async def connections(database: MigratedDatabase) -> AsyncGenerator[list[asyncpg.Connection]]:
    opened = [await asyncpg.connect(database.superuser_dsn) for _ in range(3)]
    yield opened
    for one in opened:
        await one.close()


async def add(connection: Connection, account_id: UUID, email: str, most_an_hour: int) -> bool:
    sent = LinkMail("reset-password", email, "ada@example.com", uuid4(), timedelta(hours=1))
    async with connection.transaction():
        return await add_link(connection, uuid4().bytes, LinkRequest(account_id, email), sent, most_an_hour, 20)


async def test_accounts_that_share_a_mailbox_wait_for_each_other(connections: list[asyncpg.Connection]):
    first, second, looks = connections
    ids = [
        UUID(str(await looks.fetchval("insert into auth.account (email) values ($1) returning account_id", email)))
        for email in TAGGED
    ]
    async with first.transaction():
        assert await add(first, ids[0], TAGGED[0], most_an_hour=1)
        later = asyncio.ensure_future(add(second, ids[1], TAGGED[1], most_an_hour=1))
        async with asyncio.timeout(20):
            while not later.done() and not await looks.fetchval(WAITING):
                await asyncio.sleep(0.01)
    assert not await later, "it would be the second of one"
