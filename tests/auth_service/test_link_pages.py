"""The pages behind the links of mails: a GET only shows, the form's POST acts, and the token goes nowhere else."""

import re
from pathlib import Path

import httpx
import pytest

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from tests.auth_service.conftest import OWNER
from tests.auth_service.mailbox import Mailbox, with_mail_server
from tests.auth_service.test_forgotten_password import NEW, fetch, forgot, login

_FIELD = re.compile(r'<input[^>]* name="(\w+)"')


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, smtp_sink: SmtpSink) -> Settings:
    settings = database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})
    return with_mail_server(settings, smtp_sink)


@pytest.fixture
def mailbox(smtp_sink: SmtpSink) -> Mailbox:
    return Mailbox(smtp_sink)


@pytest.fixture
async def link(auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox) -> tuple[str, str]:
    """Path and token of a mailed link to choose a new password."""
    del tenant
    await forgot(auth)
    return await mailbox.next_link()


async def test_the_page_asks_and_changes_nothing(
    auth: httpx.AsyncClient, link: tuple[str, str], database: MigratedDatabase
):
    path, token = link
    page = await auth.get(path, params={"token": token})
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert set(_FIELD.findall(page.text)) == {"token", "password"}
    assert await fetch(database, "select used_at from auth.mailed_link") == [None]
    assert (await login(auth, OWNER["owner_password"])).status_code == 200


async def test_the_form_sets_the_password(auth: httpx.AsyncClient, link: tuple[str, str]):
    path, token = link
    done = await auth.post(path, data={"token": token, "password": NEW})
    assert done.status_code == 200
    assert "Your password is changed" in done.text
    assert (await login(auth, NEW)).status_code == 200
    again = await auth.post(path, data={"token": token, "password": NEW})
    assert again.status_code == 410
    assert "does not work any more" in again.text


@pytest.mark.parametrize("password", ["short", "password1234", ""])
async def test_a_weak_password_is_asked_for_again(auth: httpx.AsyncClient, link: tuple[str, str], password: str):
    path, token = link
    again = await auth.post(path, data={"token": token, "password": password})
    assert again.status_code == 422
    assert 'role="alert"' in again.text
    assert set(_FIELD.findall(again.text)) == {"token", "password"}
    assert (await auth.post(path, data={"token": token, "password": NEW})).status_code == 200


@pytest.mark.parametrize("path", ["/auth/password/reset", "/auth/email/verify", "/auth/invitations/accept"])
@pytest.mark.parametrize("token", ["", "made-up", '"><script>alert(1)</script>'])
async def test_a_dead_link_has_a_page_that_says_so(auth: httpx.AsyncClient, path: str, token: str):
    page = await auth.get(path, params={"token": token})
    assert page.status_code == 410
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<script" not in page.text


async def test_the_token_leaves_the_page_neither_by_referer_nor_by_anything_it_loads(
    auth: httpx.AsyncClient, link: tuple[str, str]
):
    path, token = link
    for page in (await auth.get(path, params={"token": token}), await auth.get(path, params={"token": "dead"})):
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "<script" not in page.text
        assert 'src="' not in page.text
        assert 'href="' not in page.text


async def test_no_log_holds_a_token_or_a_password(auth: httpx.AsyncClient, link: tuple[str, str], settings: Settings):
    path, token = link
    await auth.get(path, params={"token": token})
    await auth.post(path, data={"token": token, "password": "password1234"})
    await auth.post(path, json={"token": token, "password": NEW})
    text = everything_logged(settings.home / "logs")
    assert path in text
    assert token not in text
    assert NEW not in text
    assert "password1234" not in text


def everything_logged(folder: Path) -> str:
    """What the service has written so far."""
    return "".join(log.read_text() for log in folder.glob("*.log"))
