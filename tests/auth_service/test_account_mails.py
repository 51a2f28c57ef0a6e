"""How the auth service's mails go out: again where they were not taken, never twice where they may have been."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.http.app import create_app
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import client_of
from common.testing.smtp import SmtpSink
from services.auth_service import SPEC
from services.auth_service.domain import account_mails
from tests.auth_service.conftest import OWNER, found
from tests.auth_service.mailbox import Mailbox, link_of, with_mail_server
from tests.auth_service.test_forgotten_password import assert_dead, fetch, forgot, jobs_have_ended, reset

LINK = "https://app.example/auth/password/reset?token=abc"


class BusySink(SmtpSink):
    """Asks to come again with the first message."""

    def __init__(self) -> None:
        super().__init__()
        self.deferred: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep all but the first."""
        if not self.deferred:
            self.deferred.append(envelope.content)
            return "451 not now"
        return await super().handle_DATA(_server, _session, envelope)


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str) -> Settings:
    return database.settings.model_copy(
        update={"nats_url": nats_url, "environment": "development", "base_url": "https://app.example"}
    )


async def test_a_mail_that_was_not_taken_is_made_again_and_leaves_one_token(
    settings: Settings, operator: dict[str, str], database: MigratedDatabase
):
    with BusySink() as sink:
        async with client_of(create_app(SPEC, with_mail_server(settings, sink))) as auth:
            await found(auth, operator)
            await forgot(auth)
            _, token = await Mailbox(sink).next_link()
            first = message_from_bytes(sink.deferred[0], EmailMessage, policy=policy.default)
            _, withdrawn = link_of(first)
            assert await fetch(database, "select count(*) from auth.mailed_link") == [1]
            assert first["Message-ID"] != sink.mails[0].message["Message-ID"]
            assert_dead(await reset(auth, withdrawn))
            assert (await reset(auth, token)).status_code == 204


async def test_a_job_that_was_cut_off_sends_one_more_mail_and_its_first_token_is_dead(
    settings: Settings, operator: dict[str, str], database: MigratedDatabase
):
    with SmtpSink() as sink:
        ours = with_mail_server(settings, sink)
        async with client_of(create_app(SPEC, ours)) as auth:
            await found(auth, operator)
            await forgot(auth)
            mailbox = Mailbox(sink)
            _, first = await mailbox.next_link()
            await jobs_have_ended(database, 1)
        # As if the process had died before the job's end was written down.
        await fetch(database, "update auth.job set status = 'queued', finished_at = null")
        await fetch(database, "update auth.job set queue_id = null")
        async with client_of(create_app(SPEC, ours)) as auth:
            _, second = await mailbox.next_link()
            await jobs_have_ended(database, 1)
            assert len(sink.mails) == 2
            assert await fetch(database, "select count(*) from auth.mailed_link") == [1]
            assert_dead(await reset(auth, first))
            assert (await reset(auth, second)).status_code == 204


async def test_without_a_mail_server_a_mail_is_a_file_in_the_home(
    settings: Settings, operator: dict[str, str], database: MigratedDatabase
):
    async with client_of(create_app(SPEC, settings)) as auth:
        await found(auth, operator)
        await forgot(auth)
        await jobs_have_ended(database, 1)
        [mail] = files_in(settings.home / "outbox-mail" / "auth")
        assert mail["To"] == OWNER["owner_email"].lower()
        [file] = (settings.home / "outbox-mail" / "auth").iterdir()
        log = (settings.home / "logs" / "auth.log").read_text(encoding="utf-8")
        assert f"written to outbox-mail/auth/{file.name}" in log
        path, token = link_of(mail)
        assert path == "/auth/password/reset"
        assert (await reset(auth, token)).status_code == 204


def files_in(folder: Path) -> list[EmailMessage]:
    """The mails of a folder."""
    return [message_from_bytes(file.read_bytes(), EmailMessage, policy=policy.default) for file in folder.glob("*.eml")]


def test_names_in_an_invitation_stay_words():
    mail = account_mails.invitation("ada@example.com", LINK, "<b>Shop</b>\r\nBcc: all@example.com", "x" * 300, "rep", 7)
    assert "<b>Shop" not in mail.html
    assert "&lt;b&gt;Shop&lt;/b&gt; Bcc: all@example. com" in mail.html
    assert "x" * 80 not in mail.html
    assert "\n" not in mail.subject


def test_every_mail_fits_and_has_no_placeholder_left():
    mail = account_mails.reset_password("ada@example.com", LINK)
    assert len(mail.html.encode()) < 20_000
    assert mail.html.count(LINK) == 3
    assert mail.text.count(LINK) == 1
    for text in (mail.html, mail.text):
        assert "{{" not in text
        assert "<!--%" not in text
    assert "<!--KEPT-->" not in mail.html


async def test_the_form_of_an_invitation_makes_a_member_who_signs_in(settings: Settings, operator: dict[str, str]):
    with SmtpSink() as sink:
        async with client_of(create_app(SPEC, with_mail_server(settings, sink))) as auth:
            await found(auth, operator)
            owner = await signed_in(auth, OWNER["owner_email"], OWNER["owner_password"])
            body = {"email": "ada@example.com", "role": "analyst"}
            assert (await auth.post("/auth/invitations", json=body, headers=owner)).status_code == 201
            path, token = await Mailbox(sink).next_link()
            page = await auth.get(path, params={"token": token})
            assert "You are invited to Somewhere Supply" in page.text
            form = {"token": token, "name": "Ada", "password": "short"}
            again = await auth.post(path, data=form)
            assert again.status_code == 422
            assert 'value="Ada"' in again.text
            done = await auth.post(path, data=form | {"password": "an analyst's own passphrase"})
            assert done.status_code == 200
            assert "access_token" not in done.text
            ada = await signed_in(auth, "ada@example.com", "an analyst's own passphrase")
            assert (await auth.get("/auth/me", headers=ada)).json()["name"] == "Ada"
            assert (await auth.get(path, params={"token": token})).status_code == 410


async def signed_in(auth: httpx.AsyncClient, email: str, password: str) -> dict[str, str]:
    answer = await auth.post("/auth/password/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
