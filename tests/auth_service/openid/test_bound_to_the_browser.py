"""A sign-in is ended once, in time, by the browser that began it."""

import asyncio
import json
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from limits import RateLimitItemPerMinute

from common.http.app import create_app
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import client_of
from services.auth_service import SPEC
from services.auth_service.domain import throttle
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import REDIRECT_URI, LyingProvider
from tests.auth_service.openid.signing_in import fetch, problem_of, sign_in

COOKIE = "branchwise_sign_in"


async def test_every_way_to_bring_the_wrong_state_gets_the_same_answer(
    browser: Browser, other_browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    mine, theirs, late, bare = [await browser.begin() for _ in range(4)]
    code = liar.code_for(mine["login_url"])
    assert (await browser.end(code, mine["state"])).status_code == 200
    await other_browser.begin()
    refusals = {
        "unknown": await browser.end(code, "A" * 43),
        "used": await browser.end(liar.code_for(mine["login_url"]), mine["state"]),
        "another browser's": await other_browser.end(liar.code_for(theirs["login_url"]), theirs["state"]),
    }
    await fetch(database.superuser_dsn, "update auth.pending_sign_in set expires_at = now() - interval '1 second'")
    refusals["expired"] = await browser.end(liar.code_for(late["login_url"]), late["state"])
    browser.http.cookies.clear()
    refusals["without a cookie"] = await browser.end(liar.code_for(bare["login_url"]), bare["state"])
    said = {name: problem_of(answer) for name, answer in refusals.items()}
    assert said["unknown"]["status_code"] == 400
    assert said["unknown"]["type"] == "urn:branchwise:problem:sign-in-not-pending"
    assert [name for name, answer in said.items() if answer != said["unknown"]] == []
    assert liar.asked["/token"] == 1


async def test_a_state_without_its_cookie_is_refused_while_it_is_fresh(browser: Browser, liar: LyingProvider):
    begun = await browser.begin()
    browser.http.cookies.clear()
    answer = await browser.end(liar.code_for(begun["login_url"]), begun["state"])
    assert (answer.status_code, liar.asked["/token"]) == (400, 0)


async def test_a_state_that_another_browser_brought_serves_its_own_no_more(
    browser: Browser, other_browser: Browser, liar: LyingProvider
):
    begun = await browser.begin()
    code = liar.code_for(begun["login_url"])
    await other_browser.begin()
    assert (await other_browser.end(code, begun["state"])).status_code == 400
    assert (await browser.end(code, begun["state"])).status_code == 400


async def test_a_sign_in_that_the_provider_refuses_is_over(browser: Browser, liar: LyingProvider):
    begun = await browser.begin()
    assert (await browser.end("no such code", begun["state"])).json()["type"].endswith(":code-refused")
    answer = await browser.end(liar.code_for(begun["login_url"]), begun["state"])
    assert answer.json()["type"].endswith(":sign-in-not-pending")


async def test_of_fifty_callbacks_with_one_state_one_gets_in(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    begun = await browser.begin()
    codes = [liar.code_for(begun["login_url"]) for _ in range(50)]
    answers = await asyncio.gather(*(browser.end(code, begun["state"]) for code in codes))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    assert len(await fetch(database.superuser_dsn, "select from auth.session")) == 1


async def test_two_tabs_of_one_browser_may_sign_in_side_by_side(browser: Browser, liar: LyingProvider):
    first, second = await browser.begin(), await browser.begin()
    for begun in (first, second):
        assert (await browser.end(liar.code_for(begun["login_url"]), begun["state"])).status_code == 200


async def test_a_value_that_a_browser_made_up_is_replaced(auth: httpx.AsyncClient):
    answer = await auth.get("/auth/login", headers={"Cookie": f"{COOKIE}=short"})
    assert len(answer.cookies[COOKIE]) == 43


async def test_each_sign_in_has_its_own_secrets_and_shows_none_but_the_challenge(
    browser: Browser, database: MigratedDatabase
):
    begun = [await browser.begin() for _ in range(2)]
    sent = [dict(parse_qsl(urlsplit(each["login_url"]).query)) for each in begun]
    for each, query in zip(begun, sent, strict=True):
        assert query["state"] == each["state"]
        assert query["code_challenge_method"] == "S256"
        assert query["response_type"] == "code"
        assert query["redirect_uri"] == REDIRECT_URI
        assert {len(query[name]) for name in ("state", "nonce", "code_challenge")} == {43}
    for name in ("state", "nonce", "code_challenge"):
        assert sent[0][name] != sent[1][name]
    stored = str(await fetch(database.superuser_dsn, "select p::text from auth.pending_sign_in p"))
    assert not [name for query in sent for name in ("state", "nonce") if query[name] in stored]


async def test_one_address_begins_only_so_many(
    auth: httpx.AsyncClient, database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle, "ADDRESS_BEGUN", RateLimitItemPerMinute(3, 10, namespace="begun-by-address"))
    statuses = [(await auth.get("/auth/login")).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert len(await fetch(database.superuser_dsn, "select from auth.pending_sign_in")) == 3


async def test_on_plain_http_the_cookie_stays_with_this_site(auth: httpx.AsyncClient):
    cookie = (await auth.get("/auth/login")).headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == COOKIE
    assert rest.split("; ")[1:] == ["HttpOnly", "Max-Age=600", "Path=/auth", "SameSite=lax"]


class TestBehindTls:
    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        return create_app(SPEC, settings.model_copy(update={"base_url": "https://api.example.com"}))

    async def test_the_cookie_is_secure_and_may_come_from_the_frontends_site(self, auth: httpx.AsyncClient):
        cookie = (await auth.get("/auth/login")).headers["set-cookie"]
        name, _, rest = cookie.partition("=")
        assert name == f"__Secure-{COOKIE}"
        assert rest.split("; ")[1:] == ["HttpOnly", "Max-Age=600", "Path=/auth", "SameSite=none", "Secure"]

    async def test_the_plain_cookie_binds_nothing_there(self, auth: httpx.AsyncClient, liar: LyingProvider):
        begun = await auth.get("/auth/login")
        value = begun.cookies[f"__Secure-{COOKIE}"]
        body = {"code": liar.code_for(begun.json()["login_url"]), "state": begun.json()["state"]}
        auth.cookies.clear()
        answer = await auth.post("/auth/callback", json=body, headers={"Cookie": f"{COOKIE}={value}"})
        assert answer.status_code == 400


REDIRECTS = [
    f"{REDIRECT_URI}/",
    f"{REDIRECT_URI}?next=https://evil.example",
    f"{REDIRECT_URI}#x",
    f"{REDIRECT_URI}%2F..",
    f"{REDIRECT_URI}/../done",
    f" {REDIRECT_URI}",
    f"{REDIRECT_URI},{REDIRECT_URI}",
    REDIRECT_URI.replace("done", "Done"),
    REDIRECT_URI.replace("done", "d%6Fne"),
    REDIRECT_URI.replace("http", "HTTP"),
    REDIRECT_URI.replace("http", "https"),
    REDIRECT_URI.replace("3000", "3001"),
    REDIRECT_URI.replace(":3000", ""),
    REDIRECT_URI.replace("127.0.0.1", "user@127.0.0.1"),
    REDIRECT_URI.replace("127.0.0.1", "127.0.0.1@evil.example"),
    REDIRECT_URI.replace("127.0.0.1", "localhost"),
    REDIRECT_URI.replace("127.0.0.1", "127.1"),
    REDIRECT_URI.replace("127.0.0.1", "2130706433"),
    REDIRECT_URI.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
    REDIRECT_URI.replace("127.0.0.1", "127.0.0.1.evil.example"),
    REDIRECT_URI[:-1],
    "https://evil.example",
    "//evil.example",
    "javascript:alert(1)",
    "",
]


async def test_a_redirect_uri_is_taken_to_the_letter_or_not_at_all(auth: httpx.AsyncClient, database: MigratedDatabase):
    answers = {uri: await auth.get("/auth/login", params={"redirect_uri": uri}) for uri in REDIRECTS}
    assert [uri for uri, answer in answers.items() if answer.status_code != 422] == []
    assert {answer.json()["errors"][0]["field"] for answer in answers.values()} == {"redirect_uri"}
    assert await fetch(database.superuser_dsn, "select from auth.pending_sign_in") == []


class TestOfSeveralRedirects:
    OTHER = "https://app.example.com/done?from=branchwise"

    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        uris = {"oauth_redirect_uri": f"{REDIRECT_URI}, {self.OTHER}"}
        return create_app(SPEC, settings.model_copy(update=uris))

    async def test_the_first_is_meant_unless_another_is_named(self, browser: Browser, liar: LyingProvider):
        urls = [(await browser.begin())["login_url"], (await browser.begin(redirect_uri=self.OTHER))["login_url"]]
        assert [dict(parse_qsl(urlsplit(url).query))["redirect_uri"] for url in urls] == [REDIRECT_URI, self.OTHER]
        assert (await sign_in(browser, liar, redirect_uri=self.OTHER)).status_code == 200


async def test_a_callback_takes_code_state_and_issuer_alone(browser: Browser, liar: LyingProvider):
    begun = await browser.begin()
    code = liar.code_for(begun["login_url"])
    for extra in ({"role": "admin"}, {"tenant_id": "x"}, {"redirect_uri": REDIRECT_URI}):
        assert (await browser.end(code, begun["state"], **extra)).status_code == 422
    for state in ("", "\ud800", "x" * 513, None, 7):
        body = json.dumps({"code": "x", "state": state})
        answer = await browser.http.post(f"{browser.api}/auth/callback", content=body)
        assert answer.status_code in (400, 422), answer.text
    assert (await browser.end(code, begun["state"])).status_code == 200


async def test_without_a_provider_the_answer_says_what_to_set(settings: Settings):
    nothing = {"oauth_client_id": "", "oauth_client_secret": settings.jwt_secret_key, "oauth_redirect_uri": ""}
    async with client_of(create_app(SPEC, settings.model_copy(update=nothing))) as auth:
        answer = await auth.get("/auth/login")
    assert answer.status_code == 404
    assert "OAUTH_CLIENT_ID" in answer.json()["detail"]


async def test_a_provider_that_is_not_configured_is_not_found(auth: httpx.AsyncClient):
    answer = await auth.get("/auth/login", params={"provider": "github"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "configured are: 127.0.0.1")
