import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from services.data_service.domain.meta_ads import await_report
from services.data_service.domain.syncs.plan_syncs import plan_syncs
from services.data_service.jobs import backfill as engine
from tests.data_service.harness import Company, Data
from tests.data_service.meta_ads.connected import account_day, served
from tests.standins.meta_ads.made import made_account
from tests.standins.meta_ads.world import Fault, World

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAYS = 150
CAMPAIGNS = 3


@pytest_asyncio.fixture(loop_scope="module")
async def world(data: Data, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """What the running service takes for Meta: an account of five months."""
    monkeypatch.setattr(await_report, "LOOKS", (0.01,))
    monkeypatch.setattr(engine, "_LEEWAY_SECONDS", (0.0, 0.0))
    with served(made_account(campaigns=CAMPAIGNS, first=account_day(DAYS), last=account_day(1))) as (made, url):
        monkeypatch.setattr(data.context.settings, "meta_graph_url", url)
        yield made
        await data.admin.execute("delete from data.source")


async def connect(data: Data, company: Company) -> dict[str, Any]:
    """A source that was read for the first time already."""
    given = {
        "kind": "meta_ads",
        "name": "Our ads",
        "config": {"account_id": "1001"},
        "secrets": {"access_token": "token-of-1001"},
    }
    answer = await data.api.post("/data/sources", json=given, headers=company.headers)
    assert answer.status_code == 201, answer.text
    async with asyncio.timeout(30):
        while not (source := await source_of(data, company, answer.json()["id"]))["last_sync_at"]:
            await asyncio.sleep(0.02)
    return source


async def started(data: Data, company: Company, source: dict[str, Any]) -> dict[str, Any]:
    body = {"source_id": source["id"], "start_date": str(account_day(DAYS)), "end_date": str(account_day(1))}
    answer = await data.api.post("/data/backfill", json=body, headers=company.headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def stored(data: Data, company: Company) -> set[tuple[str, date]]:
    rows = await data.admin.fetch(
        "select campaign_id, day from data.ad_performance where tenant_id = $1 and day < $2",
        *(company.tenant_id, account_day()),
    )
    return {(row["campaign_id"], row["day"]) for row in rows}


def told(world: World) -> set[tuple[str, date]]:
    return {(campaign_id, date.fromisoformat(day)) for campaign_id, day in world.accounts[0].figures}


async def test_a_plan_of_four_years_says_what_meta_has_no_more(data: Data, world: World):
    del world
    company = await data.company(role="admin")
    source = await connect(data, company)
    body = {"source_id": source["id"], "start_date": str(account_day(4 * 365)), "end_date": str(account_day(1))}
    answer = await data.api.post("/data/backfill/plan", json=body, headers=company.headers)

    plan = answer.json()
    (lost,) = plan["lost"]
    assert "37 months" in lost["reason"]
    assert lost["start_date"] == str(account_day(4 * 365))
    days_lost = (date.fromisoformat(lost["end_date"]) - account_day(4 * 365)).days + 1
    assert plan["readable_days"] == plan["days"] - days_lost
    assert plan["requests"] > plan["pieces"] > 30


async def test_a_limit_that_is_hit_at_80_percent_is_waited_for_and_the_rest_is_read_then(data: Data, world: World):
    company = await data.company(role="admin")
    source = await connect(data, company)
    world.faults.append(Fault("business_limit", "/insights", after=9))
    job = await started(data, company, source)
    async with asyncio.timeout(30):
        while not (waiting := await state_of(data, company, job))["note"]:
            await asyncio.sleep(0.02)
    before = await stored(data, company)
    await data.end_the_wait(job)
    ended = await data.ended(company, job)

    assert (waiting["status"], waiting["progress"]["percent"]) == ("queued", 80.0)
    assert waiting["resumes_at"] is not None
    assert before < told(world)
    assert (ended["status"], ended["progress"]["done"]) == ("completed", DAYS)
    assert await stored(data, company) == told(world)


async def test_a_token_that_expires_in_the_middle_is_replaced_and_the_rest_is_read(data: Data, world: World):
    company = await data.company(role="admin")
    source = await connect(data, company)
    world.faults.append(Fault("expired_token", "/insights", after=5))
    job = await started(data, company, source)
    failed = await data.ended(company, job)
    world.accounts[0].token = "another"
    # Its own sync, which is due at once, finds the same.
    await plan_syncs(data.context.db)
    async with asyncio.timeout(30):
        while (await source_of(data, company, source["id"]))["status"] != "needs_attention":
            await asyncio.sleep(0.02)
    changed = {"secrets": {"access_token": "another"}}
    answer = await data.api.put(f"/data/sources/{source['id']}", json=changed, headers=company.headers)
    assert answer.status_code == 200, answer.text
    await data.api.post(f"/data/ingest/jobs/{job['job_id']}/retry", headers=company.headers)
    ended = await data.ended(company, job)

    assert failed["status"] == "failed"
    assert f"(not read: {account_day(DAYS)} to " in failed["error"]
    assert (ended["status"], ended["progress"]["done"]) == ("completed", DAYS)
    assert await stored(data, company) == told(world)


async def state_of(data: Data, company: Company, job: dict[str, Any]) -> dict[str, Any]:
    return (await data.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)).json()


async def source_of(data: Data, company: Company, source_id: str) -> dict[str, Any]:
    return (await data.api.get(f"/data/sources/{source_id}", headers=company.headers)).json()
