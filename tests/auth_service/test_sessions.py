import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common.auth.access_changes import AccessChange, listen
from common.auth.authenticator import STANDING_SECONDS, Authenticator, SessionEnded
from common.auth.signing_keys import published_by
from common.db import Database
from common.events.bus import Bus
from common.http.context import ServiceContext
from common.settings import Settings
from tests.auth_service.conftest import OWNER

LOGIN = {"email": OWNER["owner_email"], "password": OWNER["owner_password"]}


async def sign_in(auth: httpx.AsyncClient, device: str = "") -> tuple[dict[str, str], dict[str, Any]]:
    """The headers of a new session, and its pair."""
    pair = (await auth.post("/auth/password/login", json=LOGIN, headers={"User-Agent": device})).json()
    return {"Authorization": f"Bearer {pair['access_token']}"}, pair


async def statuses(auth: httpx.AsyncClient, *sessions: dict[str, str]) -> list[int]:
    return [(await auth.get("/auth/me", headers=headers)).status_code for headers in sessions]


async def listed(auth: httpx.AsyncClient, headers: dict[str, str], **page: int) -> dict[str, Any]:
    answer = await auth.get("/auth/sessions", headers=headers, params=page)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def elsewhere(context: ServiceContext, settings: Settings) -> AsyncGenerator[Database]:
    """Another service's own way to the database, under that service's role."""
    del context
    database = await Database.connect(settings.dsn("data"), name="data")
    yield database
    await database.close()


@pytest.mark.usefixtures("tenant")
async def test_signing_out_ends_the_session_and_no_other(auth: httpx.AsyncClient):
    (desk, pair), (phone, _) = await sign_in(auth), await sign_in(auth)
    assert (await auth.post("/auth/logout", headers=desk)).status_code == 204
    assert await statuses(auth, desk, phone) == [401, 200]
    refreshed = await auth.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert refreshed.status_code == 401
    again = await auth.post("/auth/logout", headers=desk)
    assert (again.status_code, again.json()["type"]) == (401, "urn:branchwise:problem:session-ended")


@pytest.mark.usefixtures("tenant")
async def test_every_token_of_the_family_is_out_after_signing_out_with_one(auth: httpx.AsyncClient):
    desk, pair = await sign_in(auth)
    refreshed = (await auth.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    newer = {"Authorization": f"Bearer {refreshed['access_token']}"}
    assert await statuses(auth, desk, newer) == [200, 200]
    await auth.post("/auth/logout", headers=desk)
    assert await statuses(auth, desk, newer) == [401, 401]


@pytest.mark.usefixtures("tenant")
async def test_the_own_sessions_are_listed_and_the_current_one_is_marked(auth: httpx.AsyncClient):
    (desk, _), (phone, _), (gone, _) = await sign_in(auth, "desk"), await sign_in(auth, "phone"), await sign_in(auth)
    await auth.post("/auth/logout", headers=gone)
    page = await listed(auth, desk)
    assert page["total"] == 2
    assert [(row["user_agent"], row["current"]) for row in page["data"]] == [("phone", False), ("desk", True)]
    assert set(page["data"][0]) == {
        "id",
        "method",
        "user_agent",
        "address",
        "created_at",
        "last_used_at",
        "expires_at",
        "current",
    }
    assert page["data"][0]["expires_at"].endswith("Z")
    second = await listed(auth, phone, page=2, limit=1)
    assert [(row["user_agent"], second["has_more"]) for row in second["data"]] == [("desk", False)]


@pytest.mark.usefixtures("tenant")
async def test_a_lost_device_is_signed_out_from_another(auth: httpx.AsyncClient):
    (desk, _), (phone, _) = await sign_in(auth, "desk"), await sign_in(auth, "phone")
    lost = (await listed(auth, desk))["data"][0]["id"]
    assert await statuses(auth, phone) == [200]
    assert (await auth.delete(f"/auth/sessions/{lost}", headers=desk)).status_code == 204
    assert await statuses(auth, desk, phone) == [200, 401]
    assert (await auth.delete(f"/auth/sessions/{lost}", headers=desk)).status_code == 404


async def test_somebody_elses_session_looks_as_if_it_were_not_there(
    auth: httpx.AsyncClient, operator: dict[str, str], owner: dict[str, str]
):
    other = {"owner_email": "other@example.com", "owner_password": "staple of another"}
    body = {"name": "Elsewhere", "time_zone": "UTC", "currency": "EUR", **other}
    await auth.post("/auth/operator/tenants", json=body, headers=operator)
    login = {"email": other["owner_email"], "password": other["owner_password"]}
    pair = (await auth.post("/auth/password/login", json=login)).json()
    others = {"Authorization": f"Bearer {pair['access_token']}"}
    theirs = (await listed(auth, others))["data"][0]["id"]
    answers = [await auth.delete(f"/auth/sessions/{each}", headers=owner) for each in (theirs, uuid4())]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert await statuses(auth, others) == [200]
    assert theirs not in {row["id"] for row in (await listed(auth, owner))["data"]}


async def test_no_session_is_listed_or_ended_without_a_token(auth: httpx.AsyncClient, owner: dict[str, str]):
    own = (await listed(auth, owner))["data"][0]["id"]
    calls = [auth.get("/auth/sessions"), auth.post("/auth/logout"), auth.delete(f"/auth/sessions/{own}")]
    assert {answer.status_code for answer in await asyncio.gather(*calls)} == {401}
    assert await statuses(auth, owner) == [200]


async def test_another_service_that_hears_the_word_lets_nobody_in_from_then_on(
    auth: httpx.AsyncClient, settings: Settings, elsewhere: Database, owner: dict[str, str]
):
    heard = asyncio.Event()
    bus = await Bus.connect_when_ready(settings.nats_url, name="data")
    service = Authenticator(settings, elsewhere, auth, keys=published_by(auth, ""))
    headers = [(b"authorization", owner["Authorization"].encode())]

    def on_change(change: AccessChange) -> None:
        service.forget(change)
        heard.set()

    await listen(bus.client, on_change)
    await bus.client.flush()
    await service.identity(headers)
    await auth.post("/auth/logout", headers=owner)
    async with asyncio.timeout(20):
        await heard.wait()
    with pytest.raises(SessionEnded):
        await service.identity(headers)
    await bus.close()


async def test_a_service_that_hears_nothing_lets_nobody_in_after_thirty_seconds(
    auth: httpx.AsyncClient, settings: Settings, elsewhere: Database, owner: dict[str, str]
):
    time = 1000.0
    service = Authenticator(settings, elsewhere, auth, keys=published_by(auth, ""), clock=lambda: time)
    headers = [(b"authorization", owner["Authorization"].encode())]
    await service.identity(headers)
    await auth.post("/auth/logout", headers=owner)
    time += STANDING_SECONDS - 1
    assert (await service.identity(headers)).email == OWNER["owner_email"].lower(), "as it remembers"
    time += 1
    with pytest.raises(SessionEnded):
        await service.identity(headers)
