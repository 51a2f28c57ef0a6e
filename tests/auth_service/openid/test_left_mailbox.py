"""Who has left a mailbox is not signed in as by what a provider knows by it."""

import asyncio
import json

import httpx
import pytest
from pydantic import SecretStr

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from tests.auth_service.mailbox import Mailbox, html_of, text_of, with_mail_server
from tests.auth_service.openid import lying_provider
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import LyingProvider
from tests.auth_service.openid.signing_in import fetch, sign_in

OLD, NEW = "dana@example.com", "dana@new.example"
PASSWORD = "brass kettle 9932 maroon sky"


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, liar: LyingProvider, smtp_sink: SmtpSink) -> Settings:
    provider = {
        "oauth_client_id": lying_provider.CLIENT_ID,
        "oauth_client_secret": SecretStr(lying_provider.CLIENT_SECRET),
        "oauth_redirect_uri": lying_provider.REDIRECT_URI,
        "oauth_issuer": liar.issuer,
    }
    changed = {"nats_url": nats_url, "environment": "development", **provider}
    return with_mail_server(database.settings.model_copy(update=changed), smtp_sink, base_url="http://app.example")


@pytest.fixture
def mailbox(smtp_sink: SmtpSink) -> Mailbox:
    return Mailbox(smtp_sink)


async def came_by_provider(
    browser: Browser, liar: LyingProvider, auth: httpx.AsyncClient, mailbox: Mailbox
) -> tuple[str, dict[str, str]]:
    """Dana, who came through the provider and has chosen a password since: their account, and their headers."""
    account_id = (await sign_in(browser, liar)).json()["user"]["id"]
    assert (await auth.post("/auth/password/forgot", json={"email": OLD})).status_code == 202
    _, token = await mailbox.next_link()
    assert (await auth.post("/auth/password/reset", json={"token": token, "password": PASSWORD})).status_code == 204
    await mailbox.next()
    login = await auth.post("/auth/password/login", json={"email": OLD, "password": PASSWORD})
    return account_id, {"Authorization": f"Bearer {login.json()['access_token']}"}


async def link_to(auth: httpx.AsyncClient, mailbox: Mailbox, headers: dict[str, str], email: str) -> str:
    body = {"email": email, "current_password": PASSWORD}
    assert (await auth.patch("/auth/me", headers=headers, json=body)).status_code == 200
    return (await mailbox.next_link())[1]


async def follow(auth: httpx.AsyncClient, headers: dict[str, str], token: str) -> None:
    answer = await auth.post("/auth/email/verify", headers=headers, json={"token": token})
    assert answer.status_code == 204, answer.text


async def test_who_keeps_the_mailbox_that_was_left_does_not_get_in_through_its_provider(
    browser: Browser,
    liar: LyingProvider,
    auth: httpx.AsyncClient,
    mailbox: Mailbox,
    database: MigratedDatabase,
):
    account_id, headers = await came_by_provider(browser, liar, auth, mailbox)
    await follow(auth, headers, await link_to(auth, mailbox, headers, NEW))

    told = await mailbox.next()
    assert told["To"] == OLD
    for said in (text_of(told), html_of(told)):
        assert f"Signing in through {liar.issuer} leads to it no more." in said
    assert (await sign_in(browser, liar)).json()["user"]["id"] != account_id
    login = {"email": NEW, "password": PASSWORD}
    assert (await auth.post("/auth/password/login", json=login)).json()["user"]["id"] == account_id
    rows = await fetch(
        database.superuser_dsn,
        "select payload::text as entry from auth.outbox where payload->>'action' = 'identity.unlinked'",
    )
    [entry] = [json.loads(row["entry"]) for row in rows]
    assert (entry["actor_id"], entry["target"]) == (account_id, liar.issuer)


async def test_a_provider_that_vouches_for_the_new_address_leads_to_the_account_again(
    browser: Browser, liar: LyingProvider, auth: httpx.AsyncClient, mailbox: Mailbox
):
    account_id, headers = await came_by_provider(browser, liar, auth, mailbox)
    await follow(auth, headers, await link_to(auth, mailbox, headers, NEW))
    liar.person["email"] = NEW
    assert (await sign_in(browser, liar)).json()["user"]["id"] == account_id
    assert (await auth.post("/auth/password/login", json={"email": NEW, "password": PASSWORD})).status_code == 200


async def test_proving_the_present_mailbox_once_more_unlinks_nothing(
    browser: Browser, liar: LyingProvider, auth: httpx.AsyncClient, mailbox: Mailbox, database: MigratedDatabase
):
    account_id, headers = await came_by_provider(browser, liar, auth, mailbox)
    await follow(auth, headers, await link_to(auth, mailbox, headers, OLD))
    assert len(await fetch(database.superuser_dsn, "select from auth.identity")) == 1
    assert (await sign_in(browser, liar)).json()["user"]["id"] == account_id


async def test_a_sign_in_while_the_account_moves_leaves_no_identity_behind(
    browser: Browser, liar: LyingProvider, auth: httpx.AsyncClient, mailbox: Mailbox, database: MigratedDatabase
):
    account_id, headers = await came_by_provider(browser, liar, auth, mailbox)
    token = await link_to(auth, mailbox, headers, NEW)
    await fetch(database.superuser_dsn, "delete from auth.identity")
    await asyncio.gather(follow(auth, headers, token), *(sign_in(browser, liar) for _ in range(4)))
    linked = await fetch(
        database.superuser_dsn, "select from auth.identity where account_id = $1::text::uuid", account_id
    )
    assert linked == []
