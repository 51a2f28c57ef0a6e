import pytest

from tests.gateway.conftest import System
from tests.gateway.raw_http import TRICKS, raw_request

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_tricks_reach_no_service(system: System):
    token = b"Authorization: " + system.person.headers["Authorization"].encode()
    for target in TRICKS:
        for headers in ((), (token,)):
            status, answer = await raw_request(system.url, target, *headers)
            assert status == 400, (target, answer)
    assert [told for stand_in in system.behind.values() for told in stand_in.seen] == []


async def test_a_refused_path_is_a_problem(system: System):
    status, answer = await raw_request(system.url, b"/mp//collect")
    assert status == 400
    assert b"application/problem+json" in answer
    assert b"urn:branchwise:problem:path-refused" in answer


async def test_an_absolute_target_or_fragment_leads_nowhere_else(system: System):
    for target in (b"http://elsewhere.example/mp/collect", b"/mp/collect#/../../data"):
        status, _ = await raw_request(system.url, target)
        assert status in (200, 400)
    assert {told["path"] for told in system.behind["data"].seen} <= {"/mp/collect"}
