"""What was asked of the database before a change was heard of, and answered after it, is not remembered."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from common.auth import authenticator
from common.auth.access_changes import AccessChange
from common.auth.authenticator import STANDING_SECONDS, ApiKeyRefused, Authenticator, SessionEnded
from common.auth.signing_keys import published_by
from common.http.context import ServiceContext
from common.settings import Settings

Headers = list[tuple[bytes, bytes]]


def change_once_asked(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[], Awaitable[None]]) -> None:
    """The first answer of this look-up is from before `change`, and arrives after the word of it."""
    ask = getattr(authenticator, name)

    async def asked(*values: Any) -> Any:
        answer = await ask(*values)
        monkeypatch.setattr(authenticator, name, ask)
        await change()
        return answer

    monkeypatch.setattr(authenticator, name, asked)


async def test_memberships_asked_for_before_a_session_ended_are_not_kept(
    auth: httpx.AsyncClient, context: ServiceContext, settings: Settings, owner: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    service = Authenticator(settings, context.db, auth, keys=published_by(auth, ""))
    headers: Headers = [(b"authorization", owner["Authorization"].encode())]

    async def sign_out() -> None:
        await context.db.pool.execute("update auth.session set revoked_at = now(), revoked_because = 'logout'")
        service.forget(AccessChange())

    change_once_asked(monkeypatch, "own_memberships", sign_out)
    await service.identity(headers)
    with pytest.raises(SessionEnded):
        await service.identity(headers)


async def test_a_conclusion_from_older_memberships_ends_with_them(
    auth: httpx.AsyncClient, context: ServiceContext, settings: Settings, owner: dict[str, str]
):
    moment = 0.0
    service = Authenticator(settings, context.db, auth, keys=published_by(auth, ""), clock=lambda: moment)
    headers: Headers = [(b"authorization", owner["Authorization"].encode())]
    await service.identity(headers)
    moment = STANDING_SECONDS * 0.6
    concluded = await service.principal(headers)
    await context.db.pool.execute("update auth.session set revoked_at = now(), revoked_because = 'logout'")

    moment = STANDING_SECONDS * 0.9
    assert await service.principal(headers) is concluded
    moment = STANDING_SECONDS * 1.1
    with pytest.raises(SessionEnded):
        await service.principal(headers)


async def test_a_key_asked_for_before_it_was_revoked_is_not_kept(
    auth: httpx.AsyncClient, context: ServiceContext, settings: Settings, owner: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    body = {"name": "till", "scopes": ["data:read"]}
    key = (await auth.post("/auth/api-keys", json=body, headers=owner)).json()
    service = Authenticator(settings, context.db, auth, keys=published_by(auth, ""))
    headers: Headers = [(b"x-api-key", key["key"].encode())]

    async def revoke() -> None:
        await auth.delete(f"/auth/api-keys/{key['id']}", headers=owner)
        service.forget(AccessChange())

    change_once_asked(monkeypatch, "api_key_of", revoke)
    assert (await service.principal(headers)).email == "till"
    with pytest.raises(ApiKeyRefused):
        await service.principal(headers)
