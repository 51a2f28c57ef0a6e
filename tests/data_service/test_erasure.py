"""An erasure that is killed in the middle goes on where it was, and leaves nothing that came in meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.harness import Batches, Data, analytics_answers
from tests.data_service.service_process import ServiceProcess, service_process

pytestmark = pytest.mark.asyncio(loop_scope="module")

_WAITING = "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"


@pytest_asyncio.fixture(loop_scope="module")
async def process(settings: Settings) -> AsyncIterator[ServiceProcess]:
    async with analytics_answers(settings, Batches()), service_process(settings) as service:
        yield service


async def test_an_erasure_killed_in_the_middle_counts_what_went_once(
    process: ServiceProcess, database: MigratedDatabase
):
    admin = await asyncpg.connect(database.superuser_dsn)
    # (the service is in the other process)
    remote = Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType]
    company = await remote.company()
    events = [
        {"event_name": name, "event_timestamp": 1_714_402_800_000_000 + number, "user_pseudo_id": "d", "user_id": "ann"}
        for number, name in enumerate(["page_view", "page_view", "purchase", "login"])
    ]
    posted = await process.api.post("/data/events", json={"events": events}, headers=company.headers)
    assert posted.json()["accepted"] == 4
    analyst = await remote.member(company.tenant_id, "analyst")
    assert (await process.api.delete("/data/users/ann", headers=analyst)).status_code == 403
    assert (await process.api.delete("/data/users/bob", headers=company.headers)).status_code == 404

    async with asyncio.timeout(60):
        async with admin.transaction():
            await admin.execute("lock table data.other_event in share mode")
            job = (await process.api.delete("/data/users/ann", headers=company.headers)).json()
            while not await admin.fetchval(_WAITING):
                await asyncio.sleep(0.01)
            process.kill()
        assert await admin.fetchval("select count(*) from data.page_view where tenant_id = $1", company.tenant_id) == 0
        await admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
        await process.start()
        # What analytics and email say of theirs.
        said = (
            "update data.erasure set told = '{analytics,email}', told_counts = '{\"report_task\": 2}'"
            " where tenant_id = $1 and batch_id is not null returning batch_id"
        )
        while (batch_id := await admin.fetchval(said, company.tenant_id)) is None:
            await asyncio.sleep(0.05)
        await admin.execute("update data.batch set refreshed_at = now() where batch_id = $1", batch_id)
    ended = await remote.ended(company, job)
    assert ended["status"] == "completed"
    assert ended["counts"] == {"page_view": 2, "purchase": 1, "other_event": 1, "user_device": 1, "report_task": 2}
    kept = await admin.fetchrow("select * from data.erasure where tenant_id = $1", company.tenant_id)
    assert kept is not None
    assert (kept["user_id"], kept["devices"], kept["emails"], kept["touched"]) == (None, None, None, "[]")
    assert await remote.total(company.tenant_id) == 0
    again = await process.api.delete("/data/users/ann", headers=company.headers)
    assert (again.status_code, again.json()) == (202, ended)
    await admin.close()


async def test_events_that_are_being_recorded_meanwhile_go_too(data: Data):
    company = await data.company()
    event = {"event_name": "page_view", "event_timestamp": 1_714_402_800_000_000, "user_pseudo_id": "d"}
    told = {"events": [event | {"user_id": "ann"}, event | {"user_id": "ben", "user_pseudo_id": "e"}]}
    assert (await data.api.post("/data/events", json=told, headers=company.headers)).json()["accepted"] == 2
    is_past = "select exists (select from data.erasure where tenant_id = $1 and batch_id is not null)"
    async with asyncio.timeout(60):
        # Who records them has not committed yet: on another device of theirs, which nobody could know of.
        async with data.admin.transaction():
            await data.admin.execute("select data.hold_location_rule($1)", company.tenant_id)
            await data.admin.execute(
                "insert into data.page_view (tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id)"
                " select tenant_id, event_ts, gen_random_uuid(), batch_id, road, 'new phone', 'ann'"
                " from data.page_view where tenant_id = $1 and user_id = 'ann'",
                company.tenant_id,
            )
            await data.admin.execute(
                "insert into data.user_device (tenant_id, user_id, user_pseudo_id) values ($1, 'ann', 'new phone')",
                company.tenant_id,
            )
            await data.api.delete("/data/users/ann", headers=company.headers)
            while not await data.admin.fetchval(_WAITING):
                assert not await data.admin.fetchval(is_past, company.tenant_id), "it waits for nobody"
                await asyncio.sleep(0.01)
        while not await data.admin.fetchval(is_past, company.tenant_id):
            await asyncio.sleep(0.01)
    left = await data.admin.fetch("select user_id from data.page_view where tenant_id = $1", company.tenant_id)
    assert [row[0] for row in left] == ["ben"]
    known = "select user_id from data.user_device where tenant_id = $1"
    assert [row[0] for row in await data.admin.fetch(known, company.tenant_id)] == ["ben"]
    said = "select touched from data.erasure where tenant_id = $1"
    touched: str = await data.admin.fetchval(said, company.tenant_id) or "[]"
    assert {key[0] for key in json.loads(touched)} == {"d", "new phone"}
