"""What was taken away at the auth service does not pass the gateway, though it has just let it pass."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from common.http.app import create_app
from common.settings import Settings
from common.testing.serve import serve
from services.auth_service import SPEC as AUTH
from services.gateway.api.entry import Gateway
from tests.gateway.conftest import serve_stand_ins
from tests.gateway.stand_in import StandIn

OWNER = {"email": "owner@ended.example", "password": "correct horse battery"}


@dataclass(frozen=True)
class Entrance:
    """Clients of the gateway and of the auth service behind it, and the operator's header for the latter."""

    gateway: httpx.AsyncClient
    auth: httpx.AsyncClient
    operator: dict[str, str]

    async def sign_in(self) -> dict[str, Any]:
        answer = await self.gateway.post("/auth/password/login", json=OWNER)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def passes(self, pair: dict[str, Any]) -> int:
        headers = {"Authorization": f"Bearer {pair['access_token']}"}
        return (await self.gateway.get("/data/thing", headers=headers)).status_code

    async def soon_refused(self, pair: dict[str, Any]) -> None:
        # (what nobody tells it of it believes for a minute)
        async with asyncio.timeout(20):
            while await self.passes(pair) != 401:
                await asyncio.sleep(0.01)


@pytest.fixture
async def entrance(alone: Settings) -> AsyncGenerator[Entrance]:
    settings = alone.model_copy(update={"jwt_algorithm": "EdDSA"})
    operator = {"X-Operator-Key": settings.secret_file("operator_key")}
    async with (
        serve(create_app(AUTH, settings), settings.port_of("auth")) as auth_url,
        serve_stand_ins({"data": StandIn("data")}, settings),
        serve(Gateway(settings)) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as gateway,
        httpx.AsyncClient(base_url=auth_url, timeout=20) as auth,
    ):
        tenant = {"name": "Ended", "time_zone": "UTC", "currency": "EUR"}
        owner = {f"owner_{name}": value for name, value in OWNER.items()}
        answer = await auth.post("/auth/operator/tenants", json={**tenant, **owner}, headers=operator)
        assert answer.status_code == 201, answer.text
        yield Entrance(gateway, auth, operator)


async def test_who_has_signed_out_passes_no_more_and_other_devices_do(entrance: Entrance):
    desk, phone = await entrance.sign_in(), await entrance.sign_in()
    assert [await entrance.passes(pair) for pair in (desk, phone)] == [200, 200]
    headers = {"Authorization": f"Bearer {desk['access_token']}"}
    assert (await entrance.gateway.post("/auth/logout", headers=headers)).status_code == 204
    await entrance.soon_refused(desk)
    assert await entrance.passes(phone) == 200


async def test_a_family_killed_by_a_grandparent_passes_no_more(entrance: Entrance):
    pairs = [await entrance.sign_in()]
    for _ in range(2):
        body = {"refresh_token": pairs[-1]["refresh_token"]}
        pairs.append((await entrance.gateway.post("/auth/refresh", json=body)).json())
    assert [await entrance.passes(pair) for pair in pairs] == [200, 200, 200]
    replayed = await entrance.gateway.post("/auth/refresh", json={"refresh_token": pairs[0]["refresh_token"]})
    assert replayed.status_code == 401
    for pair in pairs:
        await entrance.soon_refused(pair)


async def test_a_revoked_account_passes_no_more(entrance: Entrance):
    pair = await entrance.sign_in()
    assert await entrance.passes(pair) == 200
    body = {"email": OWNER["email"]}
    await entrance.auth.post("/auth/operator/accounts/revoke", json=body, headers=entrance.operator)
    await entrance.soon_refused(pair)
    await entrance.auth.post("/auth/operator/accounts/restore", json=body, headers=entrance.operator)
    assert await entrance.passes(pair) == 401


async def test_what_a_compromised_key_signed_passes_no_more_and_refreshing_gets_in_again(entrance: Entrance):
    old = await entrance.sign_in()
    assert await entrance.passes(old) == 200
    rotation = {"compromised": True}
    await entrance.auth.post("/auth/operator/keys/rotate", json=rotation, headers=entrance.operator)
    await entrance.soon_refused(old)
    refreshed = await entrance.gateway.post("/auth/refresh", json={"refresh_token": old["refresh_token"]})
    assert await entrance.passes(refreshed.json()) == 200


@pytest.mark.parametrize("path", ["/auth/caller", "/auth/operator/keys", "/auth/operator/accounts/revoke"])
async def test_what_is_for_the_machine_itself_is_not_there(entrance: Entrance, path: str):
    headers = {"Authorization": f"Bearer {(await entrance.sign_in())['access_token']}", **entrance.operator}
    for method in ("GET", "POST"):
        assert (await entrance.gateway.request(method, path, headers=headers)).status_code == 404
