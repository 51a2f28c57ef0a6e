import asyncio
import json
from uuid import UUID, uuid4

import httpx
import pytest
from typer.testing import CliRunner, Result

from branchwise.app import app, report_errors
from branchwise.stack_client import StackClient
from common.http.app import create_app
from common.settings import Settings
from common.testing.people import settings_for_people
from common.testing.serve import client_of
from services.auth_service import SPEC
from tests.auth_service.conftest import OWNER

EMAIL = OWNER["owner_email"]


def tell_where(settings: Settings, auth: httpx.AsyncClient) -> None:
    """As a stack does that runs in this home, here without a gateway before the service."""
    place = settings.home / "run" / "stack.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps({"auth_service_port": auth.base_url.port, "gateway_port": auth.base_url.port}))


async def run(settings: Settings, auth: httpx.AsyncClient, *arguments: str) -> Result:
    """`branchwise ARGUMENTS` in the home of the running service."""
    tell_where(settings, auth)
    return await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--home", str(settings.home)])


async def test_an_account_is_revoked_and_restored(auth: httpx.AsyncClient, settings: Settings, owner: dict[str, str]):
    revoked = await run(settings, auth, "account", "revoke", EMAIL)
    assert (revoked.exit_code, revoked.output) == (
        0,
        "owner@example.com is shut out; ended: sessions 1, API keys 0, invitations 0\n",
    )
    assert (await auth.get("/auth/me", headers=owner)).status_code == 401
    restored = await run(settings, auth, "account", "restore", EMAIL)
    assert (restored.exit_code, restored.output) == (0, "owner@example.com may sign in again\n")
    login = {"email": EMAIL, "password": OWNER["owner_password"]}
    assert (await auth.post("/auth/password/login", json=login)).status_code == 200


@pytest.mark.usefixtures("tenant")
async def test_a_token_is_printed_and_its_session_is_the_operators(auth: httpx.AsyncClient, settings: Settings):
    printed = await run(settings, auth, "token", "--email", EMAIL)
    headers = {"Authorization": f"Bearer {printed.stdout.strip()}"}
    sessions = (await auth.get("/auth/sessions", headers=headers)).json()["data"]
    assert [(session["method"], session["current"]) for session in sessions] == [("operator", True)]


async def test_keys_are_rotated_and_listed(auth: httpx.AsyncClient, settings: Settings):
    first = (await auth.get("/auth/.well-known/jwks.json")).json()["keys"][0]["kid"]
    rotated = await run(settings, auth, "keys", "rotate")
    listed = await run(settings, auth, "keys", "list")
    assert rotated.exit_code == 0
    assert listed.stdout == rotated.stdout
    new, old = listed.stdout.splitlines()
    assert "  signs from 20" in new
    assert old.startswith(f"{first}  signs, verifies until 20")


async def test_a_compromised_key_is_gone_at_once(auth: httpx.AsyncClient, settings: Settings):
    first = (await auth.get("/auth/.well-known/jwks.json")).json()["keys"][0]["kid"]
    rotated = await run(settings, auth, "keys", "rotate", "--compromised")
    assert first not in rotated.stdout
    assert [key["kid"] for key in (await auth.get("/auth/.well-known/jwks.json")).json()["keys"]] == [
        rotated.stdout.split()[0]
    ]


async def test_with_a_shared_secret_the_command_says_that_there_is_nothing_to_rotate(
    settings: Settings, capsys: pytest.CaptureFixture[str]
):
    async with client_of(create_app(SPEC, settings_for_people(settings))) as auth:
        refused = await run(settings, auth, "keys", "rotate")
    assert refused.exception is not None
    with pytest.raises(SystemExit) as ended, report_errors():
        raise refused.exception
    assert ended.value.code == 1
    assert "no signing key to rotate: JWT_ALGORITHM is HS256" in capsys.readouterr().err


async def test_the_command_says_what_is_wrong_with_an_owners_password(
    auth: httpx.AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    place = ("tenant", "create", "Acme", "--time-zone", "UTC", "--currency", "EUR", "--owner-email", "new@acme.example")
    for password, says in (("password1", "Use at least 12 characters."), ("password1234", "too easy to guess")):
        refused = await run(settings, auth, *place, "--owner-password", password)
        assert refused.exception is not None
        with pytest.raises(SystemExit), report_errors():
            raise refused.exception
        told = capsys.readouterr().err
        assert "owner_password: " in told
        assert says in told


async def test_a_problem_whose_detail_adds_nothing_is_told_once(
    auth: httpx.AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    refused = await run(settings, auth, "tenant", "plan", str(uuid4()), "free")
    assert refused.exception is not None
    with pytest.raises(SystemExit), report_errors():
        raise refused.exception
    assert capsys.readouterr().err == "No such tenant\n"


async def test_a_command_goes_on_when_its_token_would_have_ended(
    auth: httpx.AsyncClient, settings: Settings, tenant: str, monkeypatch: pytest.MonkeyPatch
):
    tell_where(settings, auth)

    def tokens_of_an_hour() -> list[str]:
        used: list[str] = []
        time = 0.0
        monkeypatch.setattr("branchwise.stack_client.monotonic", lambda: time)
        with StackClient(settings.home) as stack:
            client = stack.in_tenant(UUID(tenant))
            while time < 3600:
                page = client.get("/auth/sessions", params={"limit": 500})
                used += [session["id"] for session in page["data"] if session["current"]]
                time += 60
        return used

    used = await asyncio.to_thread(tokens_of_an_hour)
    assert max(used.count(session) for session in used) * 60 < 15 * 60
