"""A provider that is away, broken, slow or misled: a clear problem, and never a fault of ours."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from common.http.app import create_app
from common.settings import Settings
from services.auth_service import SPEC
from services.auth_service.sources import cached_document, openid_http
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import LyingProvider
from tests.auth_service.openid.signing_in import sign_in

DISCOVERY = "/.well-known/openid-configuration"
AWAY = "urn:branchwise:problem:provider-away"
UNUSABLE = "urn:branchwise:problem:provider-unusable"


def _saying(response: Response) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return response

    return answer


async def _drop_by_drop(_: Request) -> Response:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(drops())


async def _very_long(_: Request) -> Response:
    async def blanks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 65_536
            await asyncio.sleep(0)

    return StreamingResponse(blanks())


BROKEN = {
    "a very long answer": (_very_long, 502),
    "an answer drop by drop": (_drop_by_drop, 503),
    "a fault": (_saying(Response("oh", 500)), 503),
    "nothing there": (_saying(Response("no", 404)), 502),
    "a page": (_saying(Response("<html>")), 502),
    "nothing at all": (_saying(Response("")), 502),
    "a list": (_saying(JSONResponse([1])), 502),
    "nesting without end": (_saying(Response("[" * 200_000)), 502),
    "bytes that are no text": (_saying(Response(b"\xff\xfe")), 502),
    "a bomb": (_saying(Response(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})), 502),
    "a redirect": (_saying(RedirectResponse("http://127.0.0.1:1/")), 502),
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_document, "MIN_SECONDS_BETWEEN_ATTEMPTS", 0)


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token", "/userinfo"])
async def test_an_answer_that_cannot_be_used_is_the_providers_fault(
    path: str, browser: Browser, liar: LyingProvider, monkeypatch: pytest.MonkeyPatch
):
    liar.person = {}
    wrong: dict[str, object] = {}
    for name, (answer, status) in BROKEN.items():
        liar.answers = {path: answer}
        # (a busy machine takes a while for what it answers at once)
        monkeypatch.setattr(openid_http, "DEADLINE_SECONDS", 1 if answer is _drop_by_drop else 30)
        begun = await browser.http.get(f"{browser.api}/auth/login")
        refusal = begun
        if begun.is_success:
            refusal = await browser.end(liar.code_for(begun.json()["login_url"]), begun.json()["state"])
        if (refusal.status_code, refusal.json()["type"]) != (status, AWAY if status == 503 else UNUSABLE):
            wrong[name] = refusal.json()
    assert wrong == {}


async def test_a_provider_that_mends_itself_is_used_again(browser: Browser, liar: LyingProvider):
    liar.answers = {DISCOVERY: _saying(Response("oh", 500))}
    away = await browser.http.get(f"{browser.api}/auth/login")
    assert away.status_code == 503
    assert away.headers["retry-after"]
    liar.answers = {}
    assert (await sign_in(browser, liar)).status_code == 200


DISCOVERIES = {
    "another issuer": {"issuer": "https://accounts.google.com"},
    "no issuer": {"issuer": None},
    "no place to sign in": {"authorization_endpoint": None},
    "a place to sign in that runs as a script": {"authorization_endpoint": "javascript:alert(1)"},
    "a place to sign in over plain http": {"authorization_endpoint": "http://provider.example/authorize"},
    "tokens over plain http": {"token_endpoint": "http://provider.example/token"},
    "tokens inside the network": {"token_endpoint": "http://169.254.169.254/latest"},
    "keys over plain http": {"jwks_uri": "http://provider.example/jwks"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "no keys": {"jwks_uri": None},
    "userinfo with a user in it": {"userinfo_endpoint": "https://a:b@provider.example/userinfo"},
    "signatures by secret alone": {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    "plain PKCE alone": {"code_challenge_methods_supported": ["plain"]},
    "clients without a secret": {"token_endpoint_auth_methods_supported": ["none", "private_key_jwt"]},
    "numbers for names": {"token_endpoint_auth_methods_supported": 7},
}


async def test_a_discovery_document_that_leads_astray_is_not_followed(browser: Browser, liar: LyingProvider):
    answers: dict[str, httpx.Response] = {}
    for name, discovery in DISCOVERIES.items():
        liar.discovery = discovery
        answers[name] = await browser.http.get(f"{browser.api}/auth/login")
    said = {name: (answer.status_code, answer.json()["type"]) for name, answer in answers.items()}
    assert [name for name, problem in said.items() if problem != (502, UNUSABLE)] == []


async def test_an_issuer_is_compared_to_the_letter(browser: Browser, liar: LyingProvider):
    for issuer in (f"{liar.issuer}/", liar.issuer.upper(), liar.issuer.replace("127.0.0.1", "localhost")):
        liar.discovery = {"issuer": issuer}
        assert (await browser.http.get(f"{browser.api}/auth/login")).status_code == 502


async def test_a_provider_that_takes_us_by_no_way_is_told_apart_from_a_wrong_code(
    browser: Browser, liar: LyingProvider
):
    liar.answers = {"/token": _saying(JSONResponse({"error": "invalid_client"}, 401))}
    answer = await sign_in(browser, liar)
    assert (answer.status_code, answer.json()["type"]) == (502, UNUSABLE)


async def test_keys_of_kinds_that_nobody_knows_are_passed_by(browser: Browser, liar: LyingProvider):
    odd = [
        7,
        {},
        {"kty": "post-quantum"},
        {"kty": "RSA", "n": "!", "e": 7},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "OKP", "crv": "X", "x": "AA"},
        {"kty": "oct", "k": "AAAA"},
    ]
    known = {**liar.key.as_dict(private=False), "use": "sig"}
    liar.answers = {"/jwks": _saying(Response(json.dumps({"keys": [*odd, known]})))}
    assert (await sign_in(browser, liar)).status_code == 200


async def test_userinfo_of_somebody_else_is_not_taken(browser: Browser, liar: LyingProvider):
    liar.person = {}
    liar.userinfo = {"sub": "another", "email": "dana@example.com", "email_verified": True}
    answer = await sign_in(browser, liar)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:branchwise:problem:id-token-refused")


class TestOfFewAttempts:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A busy machine may take longer for a test than the few seconds between two attempts."""
        monkeypatch.setattr(cached_document, "MIN_SECONDS_BETWEEN_ATTEMPTS", 60)

    async def test_what_it_publishes_is_asked_for_once(self, browser: Browser, liar: LyingProvider):
        for _ in range(5):
            assert (await sign_in(browser, liar)).status_code == 200
        assert (liar.asked[DISCOVERY], liar.asked["/jwks"], liar.asked["/token"]) == (1, 1, 5)

    async def test_tokens_with_unknown_keys_cost_one_look_in_a_few_seconds(self, browser: Browser, liar: LyingProvider):
        liar.sign = lambda claims: liar.signed(claims, kid="unknown")
        answers = [await sign_in(browser, liar) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {401}
        assert liar.asked["/jwks"] == 2

    async def test_a_provider_that_is_away_is_not_asked_by_everybody(self, browser: Browser, liar: LyingProvider):
        liar.answers = {DISCOVERY: _saying(Response("oh", 500))}
        answers = await asyncio.gather(*(browser.http.get(f"{browser.api}/auth/login") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {503}
        assert liar.asked[DISCOVERY] == 1


class TestOfNobody:
    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        return create_app(SPEC, settings.model_copy(update={"oauth_issuer": "http://127.0.0.1:1"}))

    async def test_a_provider_that_nobody_runs_is_away(self, auth: httpx.AsyncClient):
        answer = await auth.get("/auth/login")
        assert (answer.status_code, answer.json()["type"]) == (503, AWAY)
