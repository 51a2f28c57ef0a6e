"""Links that the mail server holds up: what was changed in between decides whether they are made at all."""

import threading
from asyncio import to_thread
from collections.abc import Generator
from typing import Any
from uuid import UUID

import httpx
import pytest

from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from services.auth_service.api.linked_account import account_of_person
from services.auth_service.domain.openid_account import Person
from services.auth_service.domain.random_token import hash_of_token
from services.auth_service.store import mailed_links
from tests.auth_service.conftest import OWNER
from tests.auth_service.mailbox import Mailbox, with_mail_server
from tests.auth_service.test_email_address import NEW as NEW_ADDRESS
from tests.auth_service.test_email_address import ask
from tests.auth_service.test_forgotten_password import assert_dead, fetch, forgot, jobs_have_ended, reset

OLD_ADDRESS = OWNER["owner_email"].lower()


class HoldingSink(SmtpSink):
    """Takes nobody's mail while `hold` is set; `asked` is set when it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()
        self.go.set()

    def hold(self) -> None:
        """Answer no recipient until `go` is set."""
        self.asked.clear()
        self.go.clear()

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: object, _session: object, envelope: Any, address: str, _options: object
    ) -> str:
        """Wait, then take the recipient."""
        self.asked.set()
        await to_thread(self.go.wait, 20)
        envelope.rcpt_tos.append(address)
        return "250 taken"


@pytest.fixture
def sink() -> Generator[HoldingSink]:
    with HoldingSink() as sink:
        yield sink
        sink.go.set()


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, sink: HoldingSink) -> Settings:
    settings = database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})
    return with_mail_server(settings, sink)


async def held(sink: HoldingSink) -> None:
    assert await to_thread(sink.asked.wait, 20)


async def links(database: MigratedDatabase, purpose: str) -> list[object]:
    """Addresses that links which may still be followed were mailed to."""
    return await fetch(database, f"select email from auth.mailed_link where used_at is null and purpose = '{purpose}'")


async def confirm(auth: httpx.AsyncClient, token: str, owner: dict[str, str]) -> httpx.Response:
    return await auth.post("/auth/email/verify", json={"token": token}, headers=owner)


async def test_no_reset_link_is_made_for_a_mailbox_that_was_left_meanwhile(
    auth: httpx.AsyncClient, owner: dict[str, str], sink: HoldingSink, database: MigratedDatabase
):
    await ask(auth, owner)
    _, move = await Mailbox(sink).next_link()
    sink.hold()
    await forgot(auth)
    await held(sink)
    assert (await confirm(auth, move, owner)).status_code == 204
    sink.go.set()
    await jobs_have_ended(database, 3)
    assert await links(database, "reset-password") == []
    assert all(mail.message["Subject"] != "Choose a new password" for mail in sink.mails)


async def test_a_reset_link_of_a_mailbox_that_was_left_is_dead(
    auth: httpx.AsyncClient, owner: dict[str, str], sink: HoldingSink
):
    mailbox = Mailbox(sink)
    await ask(auth, owner)
    _, move = await mailbox.next_link()
    await forgot(auth)
    path, token = await mailbox.next_link()
    assert (await confirm(auth, move, owner)).status_code == 204
    assert (await auth.get(path, params={"token": token})).status_code == 410
    assert_dead(await reset(auth, token))
    login = {"email": NEW_ADDRESS, "password": OWNER["owner_password"]}
    assert (await auth.post("/auth/password/login", json=login)).status_code == 200


async def test_no_link_for_a_move_is_made_after_the_password_was_reset(
    auth: httpx.AsyncClient, owner: dict[str, str], sink: HoldingSink, database: MigratedDatabase
):
    await forgot(auth)
    _, to_reset = await Mailbox(sink).next_link()
    sink.hold()
    await ask(auth, owner)
    await held(sink)
    assert (await reset(auth, to_reset)).status_code == 204
    sink.go.set()
    await jobs_have_ended(database, 3)
    assert await links(database, "verify-email") == []
    assert NEW_ADDRESS not in [mail.message["To"] for mail in sink.mails]


async def test_no_link_for_a_move_is_made_after_a_provider_brought_the_owner(
    auth: httpx.AsyncClient,
    owner: dict[str, str],
    sink: HoldingSink,
    database: MigratedDatabase,
    context: ServiceContext,
):
    await fetch(database, "update auth.account set email_verified_at = null")
    sink.hold()
    await ask(auth, owner)
    await held(sink)
    await account_of_person(context, "any", Person("https://login.example", "7", OLD_ADDRESS, "The Owner"))
    sink.go.set()
    await jobs_have_ended(database, 1)
    assert await links(database, "verify-email") == []
    assert not sink.mails


async def test_no_link_for_a_move_is_made_once_the_account_has_moved_elsewhere(
    auth: httpx.AsyncClient, owner: dict[str, str], sink: HoldingSink, database: MigratedDatabase
):
    await ask(auth, owner)
    _, move = await Mailbox(sink).next_link()
    sink.hold()
    await ask(auth, owner, "ada@third.example")
    await held(sink)
    assert (await confirm(auth, move, owner)).status_code == 204
    sink.go.set()
    await jobs_have_ended(database, 3)
    assert await links(database, "verify-email") == []


@pytest.mark.parametrize("how", ["signed out", "revoked", "past its time"])
async def test_a_move_that_an_ended_session_asked_for_is_not_confirmed(
    auth: httpx.AsyncClient, owner: dict[str, str], sink: HoldingSink, database: MigratedDatabase, how: str
):
    await ask(auth, owner)
    path, move = await Mailbox(sink).next_link()
    [session_id] = await fetch(database, "select session_id from auth.session")
    again = await signed_in(auth)
    if how == "signed out":
        assert (await auth.post("/auth/logout", headers=owner)).status_code == 204
    elif how == "revoked":
        assert (await auth.delete(f"/auth/sessions/{UUID(str(session_id))}", headers=again)).status_code == 204
    else:
        await fetch(database, f"update auth.session set expires_at = now() where session_id = '{session_id}'")
    assert (await auth.get(path, params={"token": move})).status_code == 410
    assert_dead(await confirm(auth, move, again))
    assert (await auth.get("/auth/me", headers=again)).json()["email"] == OLD_ADDRESS


@pytest.mark.parametrize(
    "change",
    [
        "update auth.account set email = 'third@example.com'",
        "update auth.account set disabled_at = now()",
        "update auth.session set revoked_at = now()",
        "delete from auth.session",
    ],
)
async def test_a_link_that_was_found_is_looked_at_again_as_it_is_used(
    auth: httpx.AsyncClient,
    owner: dict[str, str],
    sink: HoldingSink,
    database: MigratedDatabase,
    context: ServiceContext,
    change: str,
):
    await ask(auth, owner)
    digest = hash_of_token((await Mailbox(sink).next_link())[1])
    async with context.db.connection() as conn:
        assert await mailed_links.find_link(conn, digest, "verify-email") is not None
    await fetch(database, change)
    async with context.db.connection() as conn, conn.transaction():
        assert await mailed_links.use_link(conn, digest, "verify-email") is None


async def test_a_link_without_proof_counts_as_no_guess_at_the_password(
    auth: httpx.AsyncClient, owner: dict[str, str], sink: HoldingSink
):
    await ask(auth, owner)
    _, move = await Mailbox(sink).next_link()
    for _ in range(11):
        assert (await confirm(auth, move, {})).status_code == 401
    await signed_in(auth)
    assert (await confirm(auth, move, owner)).status_code == 204


async def signed_in(auth: httpx.AsyncClient) -> dict[str, str]:
    body = {"email": OLD_ADDRESS, "password": OWNER["owner_password"]}
    answer = await auth.post("/auth/password/login", json=body)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
