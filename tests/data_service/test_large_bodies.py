"""Large bodies are read in a process of its own, which may die without harm."""

import asyncio
import json
import signal
from typing import Any

import psutil
import pytest

from common.settings import Settings
from services.data_service.api.body_reader_process import BodyReader
from tests.data_service.body_readers import END_SECONDS, LARGE, events, readers
from tests.data_service.export_rows import NOON
from tests.data_service.harness import Company, Data
from tests.data_service.service_process import service_process

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def post(data: Data, company: Company, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await data.api.post("/data/events", json=body, headers=company.headers)
    return answer.status_code, answer.json()


async def test_a_bad_event_in_a_large_body_is_named_and_the_others_go_in(data: Data) -> None:
    company = await data.company()
    body = [*events(), {"event_name": "page_view"}]

    status, answer = await post(data, company, {"events": body})

    assert (status, answer["accepted"], [one["index"] for one in answer["rejected"]]) == (200, LARGE, [LARGE])
    assert await data.total(company.tenant_id) == LARGE


@pytest.mark.parametrize(
    ("body", "problem"),
    [({"event": events()}, "events-malformed"), ({"events": events(5_001)}, "too-many-events")],
    ids=["no list of events", "too many"],
)
async def test_a_large_body_that_is_refused_says_why(data: Data, body: dict[str, Any], problem: str) -> None:
    status, answer = await post(data, await data.company(), body)

    assert (status, answer["type"].rpartition(":")[2]) == (422, problem)


async def test_large_bodies_of_several_tenants_at_once_are_not_mixed_up(data: Data) -> None:
    companies = [await data.company() for _ in range(4)]
    bodies = [{"events": events(page_title=f"of {company.tenant_id}")} for company in companies]

    await asyncio.gather(*(post(data, *pair) for pair in zip(companies, bodies, strict=True)))

    rows = await data.admin.fetch(
        "select tenant_id, page_title, count(*) from data.page_view where tenant_id = any($1) group by 1, 2",
        [company.tenant_id for company in companies],
    )
    assert {(row[1], row[2]) for row in rows} == {(f"of {company.tenant_id}", LARGE) for company in companies}
    assert all(row[1] == f"of {row[0]}" for row in rows)


async def test_a_reader_killed_over_a_body_costs_a_503_and_the_next_body_is_read(data: Data) -> None:
    company = await data.company()
    await post(data, company, {"events": events()})
    body_reader: BodyReader = data.context.extras["reader"]
    assert body_reader._process is not None
    reader = psutil.Process(body_reader._process.pid)
    assert reader in readers()
    reader.send_signal(signal.SIGSTOP)
    other = await data.company()
    hanging = asyncio.create_task(post(data, other, {"events": events()}))
    async with asyncio.timeout(END_SECONDS):
        while not body_reader.is_waiting:
            await asyncio.sleep(0.01)

    reader.kill()

    status, answer = await hanging
    assert (status, answer["type"].rpartition(":")[2]) == (503, "body-not-read")
    assert await data.total(other.tenant_id) == 0
    assert (await post(data, other, {"events": events()}))[0] == 200


@pytest.mark.parametrize("size", [1, 500], ids=["small", "large"])
async def test_an_event_nested_too_deeply_is_refused_and_harms_no_other(data: Data, size: int) -> None:
    company, other = await data.company(), await data.company()
    others = "".join("," + json.dumps(one) for one in events(size - 1))
    headers = {**company.headers, "Content-Type": "application/json"}

    # How deep is too deep to be read, or to be written back, differs with where it is done.
    for depth in range(900, 1000):
        deep = f'{{"event_name": "scroll", "event_timestamp": {NOON}, "a": {"[" * depth}"ø"{"]" * depth}}}'
        body = f'{{"events": [{deep}{others}]}}'.encode()
        poison, (status, _) = await asyncio.gather(
            data.api.post("/data/events", content=body, headers=headers), post(data, other, {"events": events(400)})
        )
        assert (poison.status_code in (200, 422), status) == (True, 200), (depth, poison.text)


async def test_a_reader_does_not_outlive_a_killed_service(data: Data, settings: Settings) -> None:
    company, others = await data.company(), readers(of_others=True)
    async with service_process(settings) as service:
        await service.api.post("/data/events", json={"events": events()}, headers=company.headers)
        left = [reader for reader in readers(of_others=True) if reader not in others]
        service.kill()

    assert left
    assert psutil.wait_procs(left, timeout=END_SECONDS)[1] == []
