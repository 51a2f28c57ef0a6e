import asyncio
import base64
import json
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey
from starlette.types import Receive, Scope, Send

from common.http.app import create_app
from common.settings import Settings
from common.testing.people import Person, add_person, add_tenant, token_for
from common.testing.serve import serve
from services.auth_service import SPEC as AUTH
from services.gateway.api.entry import Gateway
from tests.gateway.conftest import Servers, System
from tests.gateway.raw_http import raw_request
from tests.gateway.stand_in import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_without_a_token_only_open_calls_pass(system: System):
    for path in ("/data/events", "/auth/me", "/analytics/stats", "/insights", "/chat/rooms", "/email/other"):
        answer = await system.client.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    for path in ("/mp/collect", "/email/t/abc", "/data/webhooks/woocommerce/x"):
        assert (await system.client.post(path)).status_code == 200, path
    assert {told["path"] for told in system.behind["data"].seen} == {"/mp/collect", "/data/webhooks/woocommerce/x"}


async def test_forged_tokens_are_refused(system: System):
    person = system.person
    good = token_for(person.account_id, person.email)
    header, claims, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode()).decode().rstrip("=")
    forged = {
        "no signature": f"{header}.{claims}.",
        "alg none": f"{none}.{claims}.",
        "alg none with the old signature": f"{none}.{claims}.{signature}",
        "another secret": token_for(person.account_id, person.email, secret="x" * 32),
        "expired": token_for(person.account_id, person.email, lifetime_seconds=-1),
        "claims of another": f"{header}.{token_for(uuid4(), person.email).split('.')[1]}.{signature}",
        "no account behind it": token_for(uuid4(), "nobody@example.com"),
        "not a token": "abc",
        "empty parts": "..",
        "too long": good + "A" * 5000,
    }
    for what, token in forged.items():
        answer = await system.client.get("/data/thing", headers=bearer(token))
        assert answer.status_code == 401, what
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"', what
    assert (await system.client.get("/data/thing", headers=bearer(good))).status_code == 200
    for authorization in ("Basic YTpi", "Bearer", good, ""):
        answer = await system.client.get("/data/thing", headers={"Authorization": authorization})
        assert answer.status_code == 401, authorization


async def test_another_tenant_is_refused_and_the_own_one_passes(system: System, servers: Servers):
    other = await add_person(servers.database.superuser_dsn, await add_tenant(servers.database.superuser_dsn))
    for tenant_id in (other.tenant_id, uuid4()):
        headers = {**system.person.headers, "X-Tenant-Id": str(tenant_id)}
        answer = await system.client.get("/data/thing", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:not-a-member")
    upper = {**system.person.headers, "X-Tenant-Id": str(system.person.tenant_id).upper()}
    assert (await system.client.get("/data/thing", headers=upper)).status_code == 200
    assert len(system.behind["data"].seen) == 1


@pytest.mark.parametrize("tenant", ["", "x", "{00000000-0000-0000-0000-000000000000}", "0" * 32, "0" * 32 + "----"])
async def test_a_malformed_tenant_header_is_refused(system: System, tenant: str):
    headers = {**system.person.headers, "X-Tenant-Id": tenant}
    assert (await system.client.get("/data/thing", headers=headers)).status_code == 400


async def test_headers_given_twice_are_refused(system: System):
    token = b"Authorization: " + system.person.headers["Authorization"].encode()
    tenant = b"X-Tenant-Id: " + str(system.person.tenant_id).encode()
    assert (await raw_request(system.url, b"/data/thing", token, tenant))[0] == 200
    assert (await raw_request(system.url, b"/data/thing", token, tenant, tenant))[0] == 400
    assert (await raw_request(system.url, b"/data/thing", token, token, tenant))[0] == 401
    assert len(system.behind["data"].seen) == 1


async def test_a_new_tenant_is_known_without_waiting_for_the_cache(system: System):
    assert (await system.client.get("/data/thing", headers=system.person.headers)).status_code == 200
    token = {"Authorization": system.person.headers["Authorization"]}
    body = {"name": "New Place", "time_zone": "UTC", "currency": "EUR"}
    made = (await system.client.post("/auth/tenants", json=body, headers=token)).json()
    headers = {**token, "X-Tenant-Id": made["id"]}
    async with asyncio.timeout(20):
        while (await system.client.get("/data/thing", headers=headers)).status_code != 200:
            await asyncio.sleep(0.1)
    assert system.behind["data"].seen[-1]["path"] == "/data/thing"


async def test_a_verdict_is_asked_of_auth_once(alone: Settings, person: Person):
    auth = create_app(AUTH, alone)
    # Without the bus nothing is forgotten on hearing of it for the first time.
    deaf = alone.model_copy(update={"nats_url": "nats://127.0.0.1:1"})
    asked: list[str] = []

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.append(scope["path"])
        await auth(scope, receive, send)

    async with (
        serve(counting, alone.port_of("auth")),
        serve(StandIn("data"), alone.port_of("data")),
        serve(Gateway(deaf)) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        for _ in range(5):
            assert (await client.get("/data/thing", headers=person.headers)).status_code == 200
    assert asked.count("/auth/caller") == 1


async def test_published_keys_decide_and_no_other(servers: Servers, alone: Settings):
    eddsa = alone.model_copy(update={"jwt_algorithm": "EdDSA", "environment": "development"})
    operator = {"X-Operator-Key": eddsa.secret_file("operator_key")}
    async with (
        serve(create_app(AUTH, eddsa), eddsa.port_of("auth")) as auth_url,
        serve(Gateway(eddsa)) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        person = await add_person(servers.database.superuser_dsn, await add_tenant(servers.database.superuser_dsn))
        good = await client.post(f"{auth_url}/auth/operator/tokens", json={"email": person.email}, headers=operator)
        assert (await client.get("/auth/me", headers=bearer(good.json()["access_token"]))).status_code == 200

        published = (await client.get("/auth/.well-known/jwks.json")).json()["keys"][0]
        header, claims, _ = good.json()["access_token"].split(".")
        said = json.loads(base64.urlsafe_b64decode(claims + "=="))
        own = OKPKey.generate_key("Ed25519")
        public = OctKey.import_key(base64.urlsafe_b64decode(published["x"] + "=="))
        forged = {
            "HS256 with the public key": jwt.encode(
                {"alg": "HS256", "typ": "at+jwt", "kid": published["kid"]}, said, public, algorithms=["HS256"]
            ),
            "own key under a known id": _signed(own, published["kid"], said),
            "own key under its own id": _signed(own, own.thumbprint(), said),
            "no key id": _signed(own, None, said),
            "another audience": _signed(own, published["kid"], {**said, "aud": "elsewhere"}),
            "the header alone": header + "..",
        }
        for what, token in forged.items():
            assert (await client.get("/auth/me", headers=bearer(token))).status_code == 401, what
            answer = await client.get(f"{auth_url}/auth/me", headers=bearer(token))
            assert answer.status_code == 401, f"{what}, at the service itself"


def _signed(key: OKPKey, kid: str | None, claims: dict[str, object]) -> str:
    header = {"alg": "EdDSA", "typ": "at+jwt", **({"kid": kid} if kid else {})}
    return jwt.encode(header, claims, key, algorithms=["EdDSA"])
