"""Bodies that are wrong, too long or cut off, sent the way that everybody's requests come."""

import asyncio
import gzip
import secrets
from collections.abc import AsyncGenerator

import psutil
import pytest

from common.testing.company import Company
from common.testing.stack import Stack
from tests.flows.one_day import DAY, FILES

# Whoever comes first waits until the whole system stands.
pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

_EVENT = {"event_name": "page_view", "event_timestamp": f"{DAY}T15:00:00Z", "user_pseudo_id": "somebody"}
_MEGABYTE = 1 << 20


async def test_bad_events_are_named_and_change_nothing(stack: Stack):
    async with stack.company() as company:
        many = [_EVENT | {"page_title": str(number)} for number in range(5_001)]
        assert (await company.api.post("/data/events", json={"events": many})).status_code == 422
        as_text = await company.api.post("/data/events", content=b"{}", headers={"Content-Type": "text/plain"})
        assert as_text.status_code == 415
        item = {"item_id": "P", "price": 1, "quantity": -1}
        answer = await company.post(
            "/data/events",
            {
                "events": [
                    _EVENT | {"event_timestamp": "2024-02-30T10:00:00Z"},
                    _EVENT | {"event_name": "add_to_cart", "items": [item]},
                    _EVENT | {"page_title": "NUL \0"},
                    _EVENT,
                ]
            },
        )
        assert [rejected["index"] for rejected in answer["rejected"]] == [0, 1, 2]
        assert answer["accepted"] == 1
        assert (await company.post("/data/events", {"events": many[:5_000]}))["accepted"] == 5_000
        [pages] = [kind for kind in (await company.get("/data/availability"))["data"] if kind["rows"]]
        assert (pages["kind"], pages["rows"]) == ("page_view", 5_001)


async def test_a_truncated_gzip_fails_and_the_whole_one_then_completes(stack: Stack):
    async with stack.company() as company:
        noise = secrets.token_hex(200_000).encode()
        whole = gzip.compress(FILES["ga4-export"] + b'{"event_name":"' + noise + b'"}\n')
        job = await company.imported("ga4-export", whole[: len(whole) // 2])
        assert job["status"] == "failed"
        assert "truncated" in job["error"]
        job = await company.imported("ga4-export", whole)
        assert (job["status"], job["counts"]["rejected"]) == ("completed", 1)
        assert [task["transaction_id"] for task in await company.tasks("purchases", DAY)] == ["T-1001"]


async def import_a_line_of(stack: Stack, company: Company, megabytes: int) -> int:
    """Import two good rows around one line of that size; by how many bytes the system grew meanwhile at most."""
    first, rest = FILES["ga4-export"].split(b"\n", 1)

    async def body() -> AsyncGenerator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big"\r\n\r\n' + first + b"\n"
        for _ in range(megabytes):
            yield b"x" * _MEGABYTE
        yield b"\n" + rest + b"\r\n--b--\r\n"

    before, grown = memory_of(stack), 0
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    async def imported() -> None:
        answer = await company.api.post("/data/import/ga4-export", content=body(), headers=headers, timeout=600)
        job = await company.ended_import(answer.raise_for_status().json(), within=300)
        assert (job["status"], job["counts"]["rejected"]) == ("completed", 1), job
        assert sum(job["counts"].values()) == 6

    work = asyncio.create_task(imported())
    while not work.done():
        grown = max(grown, memory_of(stack) - before)
        await asyncio.sleep(0.05)
    await work
    return grown


def memory_of(stack: Stack) -> int:
    """Resident bytes of the gateway and the data service, with what they started."""
    total = 0
    for service in ("gateway", "data"):
        first = stack.process_of(service)
        for process in (first, *first.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    return total


async def test_a_long_line_passes_the_system_without_being_held(stack: Stack):
    async with stack.company() as company:
        assert await import_a_line_of(stack, company, 300) < 200 * _MEGABYTE


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_a_line_of_1_gb_passes_the_system_without_being_held():
    with Stack() as stack:
        async with stack.company() as company:
            assert await import_a_line_of(stack, company, 1024) < 200 * _MEGABYTE
