"""A click in a stranger's mailbox moves no account there: its owner has to say so too."""

import httpx
import pytest

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from tests.auth_service.conftest import OWNER
from tests.auth_service.mailbox import Mailbox, html_of, link_of, text_of, with_mail_server
from tests.auth_service.test_email_address import NEW, ask, verify
from tests.auth_service.test_forgotten_password import fetch

PASSWORD = OWNER["owner_password"]
OLD = OWNER["owner_email"].lower()


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, smtp_sink: SmtpSink) -> Settings:
    settings = database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})
    return with_mail_server(settings, smtp_sink)


@pytest.fixture
async def move(auth: httpx.AsyncClient, owner: dict[str, str], smtp_sink: SmtpSink) -> tuple[str, str]:
    """Path and token of the link to move the owner's account to NEW."""
    await ask(auth, owner)
    return await Mailbox(smtp_sink).next_link()


async def address_of(auth: httpx.AsyncClient, owner: dict[str, str]) -> str:
    return (await auth.get("/auth/me", headers=owner)).json()["email"]


async def stranger(auth: httpx.AsyncClient, operator: dict[str, str]) -> dict[str, str]:
    """The headers of somebody of another tenant."""
    login = {"email": "eve@example.com", "password": PASSWORD}
    body = {"name": "Other", "time_zone": "UTC", "currency": "EUR"}
    body |= {"owner_email": login["email"], "owner_password": PASSWORD}
    assert (await auth.post("/auth/operator/tenants", json=body, headers=operator)).status_code == 201
    token = (await auth.post("/auth/password/login", json=login)).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


async def test_the_link_alone_moves_no_account_and_stays_good(
    auth: httpx.AsyncClient, owner: dict[str, str], move: tuple[str, str]
):
    path, token = move
    refused = await verify(auth, token)
    assert (refused.status_code, refused.json()["type"]) == (401, "urn:branchwise:problem:proof-missing")
    assert "access token" in refused.json()["detail"]
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    for form in ({"token": token}, {"token": token, "current_password": "not this one"}):
        again = await auth.post(path, data=form)
        assert again.status_code in (401, 422)
    assert await address_of(auth, owner) == OLD
    assert (await verify(auth, token, owner)).status_code == 204
    assert await address_of(auth, owner) == NEW


async def test_anothers_token_moves_no_account(
    auth: httpx.AsyncClient, owner: dict[str, str], move: tuple[str, str], operator: dict[str, str]
):
    refused = await verify(auth, move[1], await stranger(auth, operator))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:branchwise:problem:not-this-account")
    assert await address_of(auth, owner) == OLD


@pytest.mark.parametrize("header", [{"Authorization": "Bearer made-up"}, {"X-API-Key": "bw_made-up"}])
async def test_what_is_no_token_moves_no_account(
    auth: httpx.AsyncClient, owner: dict[str, str], move: tuple[str, str], header: dict[str, str]
):
    assert (await verify(auth, move[1], header)).status_code == 401
    assert await address_of(auth, owner) == OLD


async def test_the_page_names_the_account_and_takes_its_password(
    auth: httpx.AsyncClient, owner: dict[str, str], move: tuple[str, str]
):
    path, token = move
    page = await auth.get(path, params={"token": token})
    assert OLD in page.text
    assert NEW in page.text
    assert "nothing changes" in page.text
    wrong = await auth.post(path, data={"token": token, "current_password": "not this one"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    done = await auth.post(path, data={"token": token, "current_password": PASSWORD})
    assert done.status_code == 200
    # No session was told of, so none is known to be the owner's.
    assert (await auth.get("/auth/me", headers=owner)).status_code == 401
    signed_in = await auth.post("/auth/password/login", json={"email": NEW, "password": PASSWORD})
    assert signed_in.status_code == 200


async def test_a_move_ends_every_session_but_the_one_that_confirms_it(
    auth: httpx.AsyncClient, owner: dict[str, str], move: tuple[str, str]
):
    elsewhere = (await auth.post("/auth/password/login", json={"email": OLD, "password": PASSWORD})).json()
    assert (await verify(auth, move[1], owner)).status_code == 204
    other = {"Authorization": f"Bearer {elsewhere['access_token']}"}
    assert (await auth.get("/auth/me", headers=other)).status_code == 401
    renewed = await auth.post("/auth/refresh", json={"refresh_token": elsewhere["refresh_token"]})
    assert renewed.status_code == 401
    assert await address_of(auth, owner) == NEW


async def test_guessing_the_password_on_the_page_is_counted_like_a_sign_in(
    auth: httpx.AsyncClient, owner: dict[str, str], move: tuple[str, str], database: MigratedDatabase
):
    path, token = move
    for _ in range(10):
        assert (await auth.post(path, data={"token": token, "current_password": "a guess"})).status_code == 422
    assert (await auth.post(path, data={"token": token, "current_password": PASSWORD})).status_code == 429
    assert (await auth.post("/auth/password/login", json={"email": OLD, "password": PASSWORD})).status_code == 429
    # Its owner, signed in, is not kept from it.
    assert (await verify(auth, token, owner)).status_code == 204
    assert await fetch(database, "select email from auth.account") == [NEW]


async def test_the_mail_names_the_account_and_says_what_would_happen(
    auth: httpx.AsyncClient, owner: dict[str, str], smtp_sink: SmtpSink
):
    await ask(auth, owner)
    mail = await Mailbox(smtp_sink).next()
    assert mail["To"] == NEW
    assert mail["Subject"] == "Move an account to this address?"
    for text in (text_of(mail), html_of(mail)):
        assert OLD in text
        assert "ignore this mail" in text
        assert "with everything in it" in text


async def test_the_own_address_is_verified_by_the_link_alone(
    auth: httpx.AsyncClient, owner: dict[str, str], smtp_sink: SmtpSink, database: MigratedDatabase
):
    await fetch(database, "update auth.account set email_verified_at = null")
    await ask(auth, owner, OLD)
    mail = await Mailbox(smtp_sink).next()
    assert mail["Subject"] == "Confirm your email address"
    path, token = link_of(mail)
    assert (await auth.post(path, data={"token": token})).status_code == 200
    assert await fetch(database, "select email_verified_at is not null from auth.account") == [True]
