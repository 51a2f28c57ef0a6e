"""Time passes here without waiting: the keys' times in the database move back, the verifiers' clocks move on."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import httpx
import pytest

from common.auth.authenticator import Authenticator
from common.auth.signing_keys import MAX_AGE_SECONDS, published_by
from common.auth.tokens import TokenRefused
from common.db import Database
from common.http.app import create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.people import settings_for_people
from common.testing.serve import client_of
from services.auth_service import SPEC
from tests.auth_service.conftest import OWNER

LIFETIME = 15 * 60
# Of the right type and algorithm, and of a key that nobody ever had.
INVENTED = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImludmVudGVkIn0.e30.AAAA"
NAMED = {"email": OWNER["owner_email"]}


class Town:
    """Two replicas of the auth service, and services that verify what those sign, each with keys of its own age."""

    def __init__(
        self, replicas: list[httpx.AsyncClient], settings: Settings, db: Database, operator: dict[str, str]
    ) -> None:
        self.replicas = replicas
        self.operator = operator
        self.now = 1000.0
        self._db = db
        self.services = [
            Authenticator(settings, db, replica, keys=published_by(replica, "", self.clock), clock=self.clock)
            for replica in replicas
        ]

    def clock(self) -> float:
        return self.now

    async def pass_time(self, seconds: float) -> None:
        self.now += seconds
        await self._db.pool.execute(
            "update auth.signing_key set signs_from = signs_from - make_interval(secs => $1),"
            " retired_at = retired_at - make_interval(secs => $1)",
            seconds,
        )

    async def token(self, replica: int) -> str:
        answer = await self.replicas[replica].post("/auth/operator/tokens", json=NAMED, headers=self.operator)
        return answer.json()["access_token"]

    async def rotate(self, *, compromised: bool = False) -> list[dict[str, Any]]:
        body = {"compromised": compromised}
        answer = await self.replicas[0].post("/auth/operator/keys/rotate", json=body, headers=self.operator)
        assert answer.status_code == 200, answer.text
        return answer.json()["keys"]

    async def accepted(self, token: str) -> list[bool]:
        """Does each service let this token in?"""
        return [await lets_in(service, token) for service in self.services]


async def lets_in(service: Authenticator, token: str) -> bool:
    try:
        await service.identity([(b"authorization", f"Bearer {token}".encode())])
    except TokenRefused:
        return False
    return True


def kid_of(token: str) -> str:
    return json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))["kid"]


@pytest.fixture
async def town(
    auth: httpx.AsyncClient, settings: Settings, context: ServiceContext, operator: dict[str, str], tenant: str
) -> AsyncGenerator[Town]:
    del tenant
    async with client_of(create_app(SPEC, settings)) as replica:
        yield Town([auth, replica], settings, context.db, operator)


async def test_a_steady_stream_of_tokens_has_no_refusal_through_a_rotation(town: Town):
    old = kid_of(await town.token(0))
    alive: list[tuple[float, str]] = []
    signers: list[str] = []
    start = town.now
    while town.now < start + 2 * LIFETIME:
        # Somebody floods: whoever verifies has just asked for the keys, and may not for the next seconds.
        assert await town.accepted(INVENTED) == [False, False]
        if town.now == start + 60:
            await town.rotate()
        alive += [(town.now, await town.token(replica)) for replica in range(2)]
        signers += [kid_of(token) for _, token in alive[-2:]]
        alive = [(made, token) for made, token in alive if made > town.now - LIFETIME]
        for _, token in alive:
            assert await town.accepted(token) == [True, True]
        await town.pass_time(30)
    new = signers[-1]
    assert new != old
    assert signers == sorted(signers, key=lambda kid: kid == new), "both replicas change at the same instant, once"


async def test_a_new_key_is_published_at_once_and_signs_when_every_cache_has_it(town: Town):
    old = await town.token(0)
    keys = await town.rotate()
    published = (await town.replicas[1].get("/auth/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in published] == [key["kid"] for key in keys]
    assert [(key["signs"], key["waits"]) for key in keys] == [(False, True), (True, False)]
    await town.pass_time(MAX_AGE_SECONDS)
    assert kid_of(await town.token(1)) == kid_of(old)
    await town.pass_time(31)
    assert [kid_of(await town.token(replica)) for replica in range(2)] == [keys[0]["kid"]] * 2


async def test_the_old_key_verifies_until_its_last_token_has_ended_and_then_no_more(town: Town):
    old = await town.token(0)
    await town.rotate()
    await town.pass_time(90)
    last = await town.token(0)
    await town.pass_time(LIFETIME)
    assert await town.accepted(last) == [True, True]
    await town.pass_time(31 + MAX_AGE_SECONDS)
    assert await town.accepted(old) == [False, False]
    listed = await town.replicas[0].get("/auth/operator/keys", headers=town.operator)
    assert [key["signs"] for key in listed.json()["keys"]] == [True]


async def test_two_rotations_in_a_row_leave_no_gap(town: Town):
    tokens = [await town.token(0)]
    await town.rotate()
    await town.pass_time(30)
    tokens.append(await town.token(1))
    await town.rotate()
    for _ in range(10):
        tokens.append(await town.token(0))
        assert [await town.accepted(token) for token in tokens] == [[True, True]] * len(tokens)
        await town.pass_time(20)
    assert len({kid_of(token) for token in tokens}) == 3


async def test_a_key_that_somebody_else_has_is_believed_no_more_from_that_moment(town: Town, auth: httpx.AsyncClient):
    body = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}
    pair = (await auth.post("/auth/password/login", json=body)).json()
    old = {"Authorization": f"Bearer {pair['access_token']}"}
    assert [(await replica.get("/auth/me", headers=old)).status_code for replica in town.replicas] == [200, 200]
    keys = await town.rotate(compromised=True)
    assert len(keys) == 1
    assert (await auth.get("/auth/me", headers=old)).status_code == 401
    async with asyncio.timeout(20):
        while (await town.replicas[1].get("/auth/me", headers=old)).status_code != 401:
            await asyncio.sleep(0.01)
    refreshed = (await auth.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    new = {"Authorization": f"Bearer {refreshed['access_token']}"}
    assert [(await replica.get("/auth/me", headers=new)).status_code for replica in town.replicas] == [200, 200]


async def test_who_hears_nothing_of_a_withdrawn_key_drops_it_within_a_minute(town: Town):
    old = await town.token(0)
    assert await town.accepted(old) == [True, True]
    await town.rotate(compromised=True)
    await town.pass_time(MAX_AGE_SECONDS)
    assert await town.accepted(old) == [False, False]
    assert await town.accepted(await town.token(0)) == [True, True]


async def test_a_rotation_is_written_down_for_the_operator(town: Town, context: ServiceContext):
    key = (await town.rotate())[0]["kid"]
    async with context.db.tenant(UUID(int=0)) as conn:
        target = await conn.fetchval(
            "select payload->>'target' from auth.outbox where payload->>'action' = 'signing-key.rotated'"
        )
    assert target == key


async def test_keys_are_the_operators_alone(town: Town, owner: dict[str, str]):
    for method, path in (("GET", ""), ("POST", "/rotate")):
        answer = await town.replicas[0].request(method, f"/auth/operator/keys{path}", headers=owner, json={})
        assert answer.status_code == 401


async def test_with_a_shared_secret_there_is_nothing_to_rotate(settings: Settings, operator: dict[str, str]):
    async with client_of(create_app(SPEC, settings_for_people(settings))) as auth:
        for method, path in (("GET", ""), ("POST", "/rotate")):
            answer = await auth.request(method, f"/auth/operator/keys{path}", headers=operator, json={})
            assert (answer.status_code, answer.json()["type"]) == (409, "urn:branchwise:problem:nothing-to-rotate")
            assert "JWT_SECRET_KEY" in answer.json()["title"]
