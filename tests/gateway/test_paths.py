import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.paths import judged_path
from services.gateway.domain.routes import service_of
from services.gateway.errors import PathRefused
from tests.gateway.conftest import System
from tests.gateway.raw_http import raw_request

TRICKS = [
    b"/email/t/../../data/events",
    b"/email/t/..%2f..%2fdata/events",
    b"/email/t/%2e%2e/%2e%2e/data/events",
    b"/email/t/%2E./data/events",
    b"/email/t/..;/..;/data/events",
    b"/email/t/x;a=b",
    b"/email/t/x%3ba=b",
    b"//data/events",
    b"/mp//collect",
    b"/mp/./collect",
    b"/mp/..",
    b"/mp/.",
    b"/mp/collect/..%5c..%5cdata",
    b"/mp/..\\data",
    b"/mp/%252e%252e/data",
    b"/mp/%25%32%65/data",
    b"/mp/x%2fdata",
    b"/mp/x%2Fdata",
    b"/mp/x%00",
    b"/mp/x%0d%0aX-Tenant-Id:%201",
    b"/mp/%zz",
    b"/mp/%2",
    b"/mp/%ff",
    b"/auth/operator%2ftokens",
    b"/auth/%6fperator/tokens/..",
]


@pytest.mark.parametrize("target", TRICKS)
def test_no_path_with_two_meanings_is_judged(target: bytes):
    with pytest.raises(PathRefused):
        judged_path(target)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", "/"),
        (b"/auth/.well-known/jwks.json", "/auth/.well-known/jwks.json"),
        (b"/a...b/..c", "/a...b/..c"),
        (b"/data/users/a%40b.c", "/data/users/a@b.c"),
        (b"/data/users/%E4%BD%A0", "/data/users/你"),
        (b"/data/users/100%25", "/data/users/100%"),
        (b"/analytics/tasks/purchases/a:b=c,d+e~f", "/analytics/tasks/purchases/a:b=c,d+e~f"),
    ],
)
def test_plain_paths_keep_their_meaning(target: bytes, path: str):
    assert judged_path(target) == path


def test_an_encoded_letter_does_not_lead_past_a_prefix():
    assert service_of(judged_path(b"/analytics/%65mail/config")) == "email"
    assert service_of(judged_path(b"/auth/%6fperator/tokens")) is None


@given(st.binary(max_size=40))
def test_whatever_is_judged_has_whole_plain_segments(tail: bytes):
    try:
        path = judged_path(b"/" + tail)
    except PathRefused:
        return
    assert "//" not in path
    assert not {".", ".."} & set(path.split("/"))
    assert not set("\\;\x00\r\n") & set(path)


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
