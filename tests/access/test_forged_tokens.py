import asyncio
from collections.abc import Callable

import httpx
import pytest

from common.http.app import create_app
from common.settings import SERVICES
from common.testing.people import SECRET, settings_for_people
from common.testing.serve import client_of
from services.insights_service import SPEC as INSIGHTS
from tests.access.forgeries import FORGERIES, GOOD, NOWHERE
from tests.access.running import System, with_a_call

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.asyncio(loop_scope="module")]

READS = {
    "gateway": "/auth/me",
    "auth": "/auth/me",
    "data": "/data/ingest/jobs",
    "analytics": "/analytics/locations",
    "email": "/analytics/email/history",
    "insights": "/insights",
    "realtime": "/ws/probe",
}
Headers = list[tuple[str, str]]


async def answer_to(system: System, service: str, headers: Headers, **more: object) -> httpx.Response:
    """What a service says to a read with these headers, whatever bytes stand in them."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    raw.append((b"X-Tenant-Id", str(system.tenant_id).encode()))
    return await system.client.get(system.urls[service] + READS[service], headers=raw, **more)  # pyright: ignore[reportArgumentType]


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].startswith("urn:branchwise:problem:")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_token_is_believed_by_nobody(system: System, service: str, forgery: str):
    token = FORGERIES[forgery](system.forger)
    assert_refused(await answer_to(system, service, [("Authorization", f"Bearer {token}")]))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", GOOD)
async def test_a_token_that_holds_is_taken(system: System, service: str, what: str):
    token = GOOD[what](system.forger)
    answer = await answer_to(system, service, [("Authorization", f"Bearer {token}")])
    assert answer.status_code == 200, answer.text


MISUSES: dict[str, Callable[[System], Headers]] = {
    "nothing": lambda _: [],
    "the refresh token": lambda s: [("Authorization", f"Bearer {s.refresh_token}")],
    "the operator's key": lambda s: [("Authorization", f"Bearer {s.operator_key}"), ("X-API-Key", s.operator_key)],
    "no scheme": lambda s: [("Authorization", s.forger.good)],
    "scheme Token": lambda s: [("Authorization", f"Token {s.forger.good}")],
    "scheme Basic": lambda s: [("Authorization", f"Basic {s.forger.good}")],
    "scheme JWT": lambda s: [("Authorization", f"JWT {s.forger.good}")],
    "scheme twice": lambda s: [("Authorization", f"Bearer Bearer {s.forger.good}")],
    "scheme with a colon": lambda s: [("Authorization", f"Bearer: {s.forger.good}")],
    "scheme alone": lambda _: [("Authorization", "Bearer")],
    "the header twice": lambda s: [("Authorization", f"Bearer {s.forger.good}")] * 2,
    "a second, empty header": lambda s: [("Authorization", f"Bearer {s.forger.good}"), ("authorization", "")],
    "a second header with nonsense": lambda s: [("Authorization", f"Bearer {s.forger.good}"), ("AUTHORIZATION", "x")],
    "an API key beside it": lambda s: [("Authorization", f"Bearer {s.forger.good}"), ("X-API-Key", "bw_x")],
    "in a cookie": lambda s: [("Cookie", f"access_token={s.forger.good}; Authorization=Bearer {s.forger.good}")],
    "in other headers": lambda s: [
        *((name, s.forger.good) for name in ("X-Access-Token", "X-Auth-Token", "Token", "X-API-Key")),
        ("Proxy-Authorization", f"Bearer {s.forger.good}"),
        ("X-Forwarded-Authorization", f"Bearer {s.forger.good}"),
    ],
    "identity headers": lambda s: [
        *((name, str(s.forger.claims()["sub"])) for name in ("X-Account-Id", "X-User-Id", "X-Forwarded-User")),
        ("X-Role", "admin"),
        ("X-Scopes", "tenant:admin"),
    ],
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("misuse", MISUSES)
async def test_a_token_in_the_wrong_place_or_guise_counts_for_nothing(system: System, service: str, misuse: str):
    assert_refused(await answer_to(system, service, MISUSES[misuse](system)))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_token_in_the_query_is_not_read(system: System, service: str):
    for name in ("access_token", "token", "Authorization", "jwt", "bearer"):
        for value in (system.forger.good, f"Bearer {system.forger.good}"):
            assert_refused(await answer_to(system, service, [], params={name: value}))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
async def test_the_scheme_is_read_in_any_case(system: System, service: str, scheme: str):
    answer = await answer_to(system, service, [("authorization", f"{scheme} {system.forger.good}")])
    assert answer.status_code == 200, answer.text


async def test_no_address_in_a_token_is_ever_called(system: System):
    called = asyncio.Event()

    async def on_call(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        writer.close()

    server = await asyncio.start_server(on_call, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys.json"
    async with server, httpx.AsyncClient(timeout=20) as client:
        for service in SERVICES:
            for name in ("jku", "x5u", "iss", "kid"):
                header = system.forger.header | {"kid": system.forger.stranger_kid, name: url}
                claims = system.forger.claims() | {"iss": url}
                token = system.forger.signed(claims, header, stranger=True)
                assert_refused(await answer_to(system, service, [("Authorization", f"Bearer {token}")]))
        assert not called.is_set()
        # The address would have been reached.
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)
        assert called.is_set()
    assert NOWHERE.startswith("http://127.0.0.1")


async def test_with_a_shared_secret_no_other_algorithm_is_taken(system: System):
    forger, secret = system.forger, SECRET.encode()
    app = create_app(with_a_call(INSIGHTS), settings_for_people(system.settings))
    async with client_of(app) as client:

        async def status(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}", "X-Tenant-Id": str(system.tenant_id)}
            return (await client.get("/insights", headers=headers)).status_code

        assert await status(forger.by_secret(secret)) == 200
        for token in (
            forger.good,
            forger.headed(jwk=forger.jwk),
            forger.signed(forger.claims(), stranger=True),
            forger.by_secret(secret, "HS384"),
            forger.by_secret(secret, "HS512"),
            forger.by_secret(b""),
            forger.by_secret(secret + b"x"),
            forger.by_secret(secret, jwk={"kty": "oct", "k": ""}),
            forger.unsigned("none"),
            forger.headed(alg="HS256"),
        ):
            assert await status(token) == 401


async def test_there_are_many_ways_to_be_wrong():
    assert len(FORGERIES) + len(MISUSES) >= 100
