"""A new password ends no API key and no invitation: the mail about it names those that its owner may want to end."""

import httpx
import pytest

from common.clock import now
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from services.auth_service.domain.account_mails import password_changed
from tests.auth_service.mailbox import Mailbox, html_of, text_of, with_mail_server
from tests.auth_service.test_forgotten_password import forgot, reset


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, smtp_sink: SmtpSink) -> Settings:
    settings = database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})
    return with_mail_server(settings, smtp_sink)


async def test_the_mail_about_a_new_password_names_the_keys_and_invitations_that_still_work(
    auth: httpx.AsyncClient, owner: dict[str, str], smtp_sink: SmtpSink
):
    mailbox = Mailbox(smtp_sink)
    for name in ("shop import", "gone"):
        made = await auth.post("/auth/api-keys", json={"name": name, "scopes": ["data:read"]}, headers=owner)
        assert made.status_code == 201, made.text
    assert (await auth.delete(f"/auth/api-keys/{made.json()['id']}", headers=owner)).status_code == 204
    asked = {"email": "second-box@example.net", "role": "admin"}
    assert (await auth.post("/auth/invitations", json=asked, headers=owner)).status_code == 201
    await mailbox.next()
    await forgot(auth)
    _, token = await mailbox.next_link()
    assert (await reset(auth, token)).status_code == 204
    told = await mailbox.next()
    for said in (text_of(told), html_of(told)):
        assert "the API key shop import" in said
        assert "the invitation of second-box@example.net" in said
        assert "API key gone" not in said


@pytest.mark.usefixtures("tenant")
async def test_where_nothing_was_made_the_mail_speaks_of_nothing(auth: httpx.AsyncClient, smtp_sink: SmtpSink):
    mailbox = Mailbox(smtp_sink)
    await forgot(auth)
    _, token = await mailbox.next_link()
    await reset(auth, token)
    told = await mailbox.next()
    assert told["Subject"] == "Your password was changed"
    assert "still lets in" not in text_of(told) + html_of(told)


def test_what_is_listed_stands_a_line_each_and_as_text():
    mail = password_changed("bo@example.com", now(), ["Shop: the API key <b>x</b>", "Shop: the API key y"])
    assert "- Shop: the API key <b>x</b>\n- Shop: the API key y\n" in mail.text
    assert "&lt;b&gt;x&lt;/b&gt;" in mail.html
