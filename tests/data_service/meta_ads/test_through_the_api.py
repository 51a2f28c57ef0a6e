from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.data_service.harness import Company, Data
from tests.data_service.meta_ads.connected import account_day, served
from tests.standins.meta_ads.world import Fault, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = {"access_token": "token-of-1001"}


@pytest_asyncio.fixture(loop_scope="module")
async def world(data: Data, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """What the running service takes for Meta."""
    with served() as (served_world, url):
        monkeypatch.setattr(data.context.settings, "meta_graph_url", url)
        yield served_world
        await data.admin.execute("delete from data.source")


async def test_an_account_that_is_connected_is_tested_read_and_told_of(data: Data, world: World):
    company = await data.company(role="admin")
    source = await _connect(data, company)
    tested = await data.api.post(f"/data/sources/{source['id']}/test", headers=company.headers)
    assert tested.json()["ok"], tested.text
    job = await _sync(data, company)
    assert (job["status"], job["counts"]["campaigns"]) == ("completed", 3)
    campaigns = (await data.api.get("/api/campaigns", headers=company.headers)).json()
    ids = {one["name"]: one["id"] for one in campaigns["data"]}
    assert ids.keys() == {"Retargeting 1", "Brand 2", "Catalogue 3"}
    yesterday = account_day(1).isoformat()
    days = await data.api.get(
        f"/api/campaigns/{ids['Retargeting 1']}/performance",
        params={"date_from": yesterday, "date_to": yesterday},
        headers=company.headers,
    )
    said = world.accounts[0].figures["10010001", yesterday]
    assert [row["impressions"] for row in days.json()["data"]] == [int(said["impressions"])]


async def test_a_token_that_expires_makes_the_source_need_attention_and_shows_nowhere(data: Data, world: World):
    company = await data.company(role="admin")
    source = await _connect(data, company)
    world.faults.append(Fault("malformed_token", "/insights"))
    job = await _sync(data, company)
    assert job["status"] == "failed"
    answer = await data.api.get(f"/data/sources/{source['id']}", headers=company.headers)
    assert answer.json()["status"] == "needs_attention"
    assert "Make a new one" in answer.json()["reason"]
    told = await data.admin.fetch(
        "select payload::text from data.outbox where tenant_id = $1 union all"
        " select to_jsonb(j)::text from data.job j where tenant_id = $1",
        company.tenant_id,
    )
    everything = answer.text + str(job) + "".join(row[0] for row in told)
    assert SECRET["access_token"] not in everything


async def _connect(data: Data, company: Company) -> dict[str, Any]:
    given = {"kind": "meta_ads", "name": "Our ads", "config": {"account_id": "act_1001"}, "secrets": SECRET}
    answer = await data.api.post("/data/sources", json=given, headers=company.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _sync(data: Data, company: Company) -> dict[str, Any]:
    answer = await data.api.post("/api/sync/meta-ads", headers=company.headers)
    assert answer.status_code == 202, answer.text
    return await data.ended(company, answer.json())
