"""Signing in at a certified provider, as a browser would."""

from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid_provider.running import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    RunningProvider,
    running_provider,
)


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, provider: RunningProvider) -> Settings:
    return database.settings.model_copy(
        update={
            "nats_url": nats_url,
            "environment": "development",
            "oauth_client_id": CLIENT_ID,
            "oauth_client_secret": SecretStr(CLIENT_SECRET),
            "oauth_redirect_uri": REDIRECT_URI,
            "oauth_issuer": provider.issuer,
        }
    )


@pytest.fixture(scope="module")
def provider_of_another_kind() -> Iterator[RunningProvider]:
    """Email and name stand in its ID tokens, and its client sends the secret in the form."""
    with running_provider(claims_in_id_token=True, auth_method="client_secret_post") as running:
        yield running


async def _sign_in(browser: Browser, login: str) -> httpx.Response:
    begun = await browser.begin()
    back = await browser.sign_in_there(begun["login_url"], login, REDIRECT_URI)
    assert back["state"] == begun["state"]
    return await browser.end(back["code"], back["state"])


async def test_who_signs_in_at_the_provider_is_signed_in_here(browser: Browser, auth: httpx.AsyncClient):
    answer = await _sign_in(browser, "ana")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    pair = answer.json()
    assert (pair["user"]["email"], pair["user"]["name"], pair["tenants"]) == ("ana@example.com", "Ana Sá", [])
    me = await auth.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert me.json()["id"] == pair["user"]["id"]


async def test_the_pair_can_be_refreshed(browser: Browser, auth: httpx.AsyncClient):
    pair = (await _sign_in(browser, "ana")).json()
    answer = await auth.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert answer.status_code == 200, answer.text


async def test_who_comes_again_has_the_same_account(browser: Browser, other_browser: Browser):
    first = (await _sign_in(browser, "ana")).json()["user"]["id"]
    assert (await _sign_in(other_browser, "ana")).json()["user"]["id"] == first


async def test_an_email_that_the_provider_did_not_verify_gets_no_account(browser: Browser):
    answer = await _sign_in(browser, "ben")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:email-not-vouched-for")


async def test_a_provider_may_take_new_keys_between_two_sign_ins(
    browser: Browser, other_browser: Browser, provider: RunningProvider
):
    assert (await _sign_in(browser, "ana")).status_code == 200
    provider.rotate_keys()
    assert (await _sign_in(other_browser, "cleo")).status_code == 200


async def test_the_issuer_it_names_in_the_browser_is_checked(browser: Browser, provider: RunningProvider):
    begun = await browser.begin()
    back = await browser.sign_in_there(begun["login_url"], "ana", REDIRECT_URI)
    assert back["iss"] == provider.issuer
    assert (await browser.end(back["code"], back["state"], iss=back["iss"])).status_code == 200


async def test_a_code_that_has_served_serves_no_other_sign_in(browser: Browser):
    first = await browser.begin()
    back = await browser.sign_in_there(first["login_url"], "ana", REDIRECT_URI)
    assert (await browser.end(back["code"], back["state"])).status_code == 200
    answer = await browser.end(back["code"], (await browser.begin())["state"])
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:branchwise:problem:code-refused")


async def test_anothers_fresh_code_serves_no_sign_in_of_mine(browser: Browser, other_browser: Browser):
    theirs = await other_browser.begin()
    stolen = await other_browser.sign_in_there(theirs["login_url"], "ana", REDIRECT_URI)
    mine = await browser.begin()
    answer = await browser.end(stolen["code"], mine["state"])
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:branchwise:problem:code-refused")


class TestOfAnotherKind:
    @pytest.fixture
    def provider(self, provider_of_another_kind: RunningProvider) -> RunningProvider:
        return provider_of_another_kind

    async def test_claims_in_the_id_token_and_a_secret_in_the_form_do_as_well(self, browser: Browser):
        answer = await _sign_in(browser, "ana")
        assert answer.status_code == 200, answer.text
        assert answer.json()["user"]["name"] == "Ana Sá"
