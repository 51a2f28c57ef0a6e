"""A service that is killed while hits come: what was answered is there, once."""

import asyncio
import json
from uuid import UUID

import asyncpg
import httpx
import pytest

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.harness import Data
from tests.data_service.measurement_protocol.hits import Sender, connect_sender, event, hit, now_us
from tests.data_service.service_process import service_process

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _post(sender: Sender, api: httpx.AsyncClient, number: int) -> bool:
    """One hit that says when; whether it was answered."""
    body = json.dumps(hit(event(number=number), timestamp_micros=now_us())).encode()
    try:
        answer = await api.post("/mp/collect", params=sender.names, content=body)
    except httpx.TransportError:
        return False
    return answer.status_code == 204


async def test_what_was_answered_is_there_once_after_a_kill(settings: Settings, database: MigratedDatabase):
    admin = await asyncpg.connect(database.superuser_dsn)
    answered: list[int] = []
    async with service_process(settings) as process:
        data = Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the other process
        sender = await connect_sender(data)

        async def post_until_killed(start: int) -> None:
            for number in range(start, start + 1_000):
                if not await _post(sender, process.api, number):
                    return
                answered.append(number)

        posting = [asyncio.ensure_future(post_until_killed(start)) for start in (0, 1_000, 2_000)]
        async with asyncio.timeout(30):
            while len(answered) < 20:
                await asyncio.sleep(0.005)
        process.kill()
        await asyncio.gather(*posting)
    stored = [UUID(row["event_id"]) for row in await sender.rows()]
    numbers = [row["extra"]["params"]["number"] for row in await sender.rows()]
    assert len(set(stored)) == len(stored)
    assert set(answered) <= set(numbers)
    assert len(numbers) <= len(answered) + len(posting)
    await admin.close()
