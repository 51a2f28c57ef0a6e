"""Proving a mailbox, and moving an account to another one."""

import httpx
import pytest

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from tests.auth_service.conftest import OWNER
from tests.auth_service.mailbox import Mailbox, link_of, text_of, with_mail_server
from tests.auth_service.test_forgotten_password import assert_dead, fetch, forgot, from_network, jobs_have_ended, reset

PASSWORD = OWNER["owner_password"]
NEW = "ada@elsewhere.example"


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, smtp_sink: SmtpSink) -> Settings:
    settings = database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})
    return with_mail_server(settings, smtp_sink)


@pytest.fixture
def mailbox(smtp_sink: SmtpSink) -> Mailbox:
    return Mailbox(smtp_sink)


async def ask(auth: httpx.AsyncClient, owner: dict[str, str], email: str = NEW) -> httpx.Response:
    body = {"email": email, "current_password": PASSWORD}
    answer = await auth.patch("/auth/me", json=body, headers=owner)
    assert answer.status_code == 200, answer.text
    return answer


async def verify(auth: httpx.AsyncClient, token: str, owner: dict[str, str] | None = None) -> httpx.Response:
    return await auth.post("/auth/email/verify", json={"token": token}, headers=owner)


async def test_an_account_moves_when_the_new_mailbox_says_yes(
    auth: httpx.AsyncClient, owner: dict[str, str], mailbox: Mailbox
):
    asked = await ask(auth, owner, " Ada@Elsewhere.example")
    assert asked.json()["email"] == OWNER["owner_email"].lower()
    mail = await mailbox.next()
    assert mail["To"] == NEW
    _, token = link_of(mail)
    assert (await verify(auth, token, owner)).status_code == 204
    assert (await auth.get("/auth/me", headers=owner)).json()["email"] == NEW
    login = await auth.post("/auth/password/login", json={"email": NEW, "password": PASSWORD})
    assert login.status_code == 200
    told = await mailbox.next()
    assert told["To"] == OWNER["owner_email"].lower()
    assert NEW in text_of(told)


async def test_a_link_to_the_own_mailbox_verifies_it(
    auth: httpx.AsyncClient, owner: dict[str, str], mailbox: Mailbox, database: MigratedDatabase
):
    await fetch(database, "update auth.account set email_verified_at = null")
    await ask(auth, owner, OWNER["owner_email"])
    path, token = await mailbox.next_link()
    assert path == "/auth/email/verify"
    assert (await verify(auth, token)).status_code == 204
    assert_dead(await verify(auth, token))
    assert await fetch(database, "select email_verified_at is not null from auth.account") == [True]


async def test_without_the_present_password_no_mail_goes_out(
    auth: httpx.AsyncClient, owner: dict[str, str], mailbox: Mailbox, database: MigratedDatabase
):
    wrong = await auth.patch("/auth/me", json={"email": NEW, "current_password": "not this one"}, headers=owner)
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:branchwise:problem:password-not-own")
    for body in ({"email": NEW}, {"current_password": PASSWORD}, {}, {"email": "no", "current_password": PASSWORD}):
        assert (await auth.patch("/auth/me", json=body, headers=owner)).status_code == 422
    assert not await fetch(database, "select 1 from auth.job")
    assert not mailbox.sink.mails


async def test_guessing_the_present_password_is_throttled(auth: httpx.AsyncClient, owner: dict[str, str]):
    for _ in range(10):
        body = {"email": NEW, "current_password": "not this one"}
        assert (await auth.patch("/auth/me", json=body, headers=owner)).status_code == 422
    body = {"email": NEW, "current_password": PASSWORD}
    assert (await auth.patch("/auth/me", json=body, headers=owner)).status_code == 429


async def test_links_that_strangers_ask_for_keep_nobody_from_moving_to_a_mailbox(
    auth: httpx.AsyncClient, owner: dict[str, str], mailbox: Mailbox
):
    name, _, host = NEW.partition("@")
    for number in range(20):
        await forgot(auth, f"{name}+{number}@{host}", **from_network(number))
    await ask(auth, owner)
    assert (await mailbox.next())["To"] == NEW


async def test_anothers_address_gets_no_mail_and_the_answer_tells_nothing(
    auth: httpx.AsyncClient, owner: dict[str, str], database: MigratedDatabase, mailbox: Mailbox
):
    await fetch(database, "insert into auth.account (email) values ('taken@example.com')")
    taken, free = await ask(auth, owner, "taken@example.com"), await ask(auth, owner, "free@example.com")
    assert taken.content == free.content
    await jobs_have_ended(database, 2)
    assert [mail.recipients for mail in mailbox.sink.mails] == [["free@example.com"]]


async def test_an_address_that_was_taken_meanwhile_stays_its_owners(
    auth: httpx.AsyncClient, owner: dict[str, str], database: MigratedDatabase, mailbox: Mailbox
):
    await ask(auth, owner)
    _, token = await mailbox.next_link()
    await fetch(database, f"insert into auth.account (email) values ('{NEW}')")
    assert_dead(await verify(auth, token, owner))
    assert (await auth.get("/auth/me", headers=owner)).json()["email"] == OWNER["owner_email"].lower()


async def test_a_new_password_ends_a_move_that_somebody_else_began(
    auth: httpx.AsyncClient, owner: dict[str, str], mailbox: Mailbox
):
    await ask(auth, owner)
    _, move = await mailbox.next_link()
    await forgot(auth)
    _, token = await mailbox.next_link()
    assert (await reset(auth, token)).status_code == 204
    assert_dead(await verify(auth, move))


async def test_a_reset_link_verifies_nothing_and_the_other_way_round(
    auth: httpx.AsyncClient, owner: dict[str, str], mailbox: Mailbox
):
    await forgot(auth)
    _, to_reset = await mailbox.next_link()
    await ask(auth, owner)
    _, to_verify = await mailbox.next_link()
    assert_dead(await verify(auth, to_reset))
    assert_dead(await reset(auth, to_verify))
