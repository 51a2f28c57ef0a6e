"""Two providers side by side: neither is taken for the other."""

import json
from collections.abc import AsyncGenerator

import pytest
from pydantic import SecretStr

from common.settings import Settings
from tests.auth_service.openid import lying_provider
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, LyingProvider
from tests.auth_service.openid.signing_in import sign_in

REFUSED = (401, "urn:branchwise:problem:id-token-refused")


@pytest.fixture
async def other() -> AsyncGenerator[LyingProvider]:
    """The second provider, called `other`."""
    async with lying_provider.running() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, other: LyingProvider) -> Settings:
    entry = {"name": "other", "issuer": other.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    listed = json.dumps([{**entry, "redirect_uri": REDIRECT_URI}])
    return settings.model_copy(update={"oauth_providers": SecretStr(listed)})


async def test_one_is_the_default_and_the_other_is_named(browser: Browser, liar: LyingProvider, other: LyingProvider):
    assert (await browser.begin())["login_url"].startswith(f"{liar.issuer}/authorize?")
    assert (await browser.begin(provider="other"))["login_url"].startswith(f"{other.issuer}/authorize?")
    assert (await sign_in(browser, other, provider="other")).status_code == 200


async def test_a_subject_of_one_is_not_that_subject_of_the_other(
    browser: Browser, liar: LyingProvider, other: LyingProvider
):
    first = (await sign_in(browser, liar)).json()["user"]["id"]
    other.person = {"email": "mallory@example.com", "email_verified": True}
    assert other.subject == liar.subject
    assert (await sign_in(browser, other, provider="other")).json()["user"]["id"] != first


async def test_a_code_of_one_is_nothing_to_the_other(browser: Browser, other: LyingProvider):
    begun = await browser.begin()
    answer = await browser.end(other.code_for(begun["login_url"]), begun["state"])
    assert answer.json()["type"] == "urn:branchwise:problem:code-refused"


async def test_one_cannot_speak_for_the_other(browser: Browser, liar: LyingProvider, other: LyingProvider):
    other.claims = {"iss": liar.issuer}
    answer = await sign_in(browser, other, provider="other")
    assert (answer.status_code, answer.json()["type"]) == REFUSED
    other.claims, other.sign = {}, lambda claims: liar.signed(claims | {"iss": liar.issuer})
    answer = await sign_in(browser, other, provider="other")
    assert (answer.status_code, answer.json()["type"]) == REFUSED


async def test_a_browser_that_was_led_to_the_other_brings_back_the_wrong_issuer(
    browser: Browser, liar: LyingProvider, other: LyingProvider
):
    begun = await browser.begin(provider="other")
    answer = await browser.end(liar.code_for(begun["login_url"]), begun["state"], iss=liar.issuer)
    assert (answer.status_code, answer.json()["type"]) == REFUSED
    assert other.asked["/token"] == 0


async def test_where_a_provider_names_itself_its_name_is_asked_for(browser: Browser, liar: LyingProvider):
    liar.discovery = {"authorization_response_iss_parameter_supported": True}
    begun = await browser.begin()
    answer = await browser.end(liar.code_for(begun["login_url"]), begun["state"])
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "iss")
    begun = await browser.begin()
    answer = await browser.end(liar.code_for(begun["login_url"]), begun["state"], iss=liar.issuer)
    assert answer.status_code == 200
