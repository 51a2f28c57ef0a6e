"""ID tokens that must not be believed, from a provider that is honest in all but one thing."""

import hmac
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from common.testing.cluster import MigratedDatabase
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    LyingProvider,
    encoded,
)
from tests.auth_service.openid.signing_in import fetch, sign_in

# When the tests were collected, which may be an hour before one of them runs.
NOW = int(time.time())
STRANGERS_KEY = RSAKey.generate_key(2048)

CLAIMS: dict[str, Claims] = {
    "another issuer": {"iss": "https://accounts.google.com"},
    "no issuer": {"iss": None},
    "an issuer in a list": {"iss": ["https://accounts.google.com"]},
    "another audience": {"aud": "somebody-else"},
    "an audience of others": {"aud": ["somebody-else", "a-third"]},
    "an audience of others, issued to us": {"aud": ["somebody-else"], "azp": CLIENT_ID},
    "no audience": {"aud": None},
    "several audiences and no authorized party": {"aud": [CLIENT_ID, "somebody-else"]},
    "several audiences and another authorized party": {"aud": [CLIENT_ID, "other"], "azp": "other"},
    "another authorized party": {"azp": "somebody-else"},
    "an empty authorized party": {"aud": [CLIENT_ID, "other"], "azp": ""},
    "an end that has passed": {"exp": NOW - 120},
    "no end": {"exp": None},
    "an end as text": {"exp": "2099-01-01"},
    "an endless end": {"exp": float("inf")},
    "an issue in the future": {"iat": NOW + 86_400},
    "no issue": {"iat": None},
    "a beginning in the future": {"nbf": NOW + 86_400},
    "no nonce": {"nonce": None},
    "another nonce": {"nonce": "another"},
    "an empty nonce": {"nonce": ""},
    "the hash of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "an empty hash of the access token": {"at_hash": ""},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 7},
    "an endless subject": {"sub": "x" * 256},
    "a subject with a zero byte": {"sub": "x\x00"},
    "a subject of half a character": {"sub": "\ud800"},
}


def _with_nothing_signed(_: LyingProvider, claims: Claims) -> str:
    return f"{encoded({'alg': 'none'})}.{encoded(claims)}."


def _none_in_capitals(_: LyingProvider, claims: Claims) -> str:
    return f"{encoded({'alg': 'NONE'})}.{encoded(claims)}."


def _signature_taken_off(liar: LyingProvider, claims: Claims) -> str:
    return f"{liar.signed(claims).rpartition('.')[0]}."


def _claims_exchanged(liar: LyingProvider, claims: Claims) -> str:
    header, _, signature = liar.signed(claims).split(".")
    return f"{header}.{encoded({**claims, 'email': 'boss@example.com'})}.{signature}"


def _client_secret(liar: LyingProvider, claims: Claims) -> str:
    return liar.signed(claims, OctKey.import_key(CLIENT_SECRET), alg="HS256")


def _public_key_as_secret(liar: LyingProvider, claims: Claims) -> str:
    # By hand: the library that signs the others refuses to.
    text = f"{encoded({'alg': 'HS256', 'kid': liar.key.kid})}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.digest(liar.key.as_pem(private=False), text.encode(), 'sha256'))}"


def _strangers_key(liar: LyingProvider, claims: Claims) -> str:
    return liar.signed(claims, STRANGERS_KEY, kid=STRANGERS_KEY.thumbprint())


def _strangers_key_under_the_known_id(liar: LyingProvider, claims: Claims) -> str:
    return liar.signed(claims, STRANGERS_KEY)


def _strangers_key_without_id(liar: LyingProvider, claims: Claims) -> str:
    header = {"alg": "RS256", "typ": "JWT"}
    return liar.signed(claims, STRANGERS_KEY, **header, kid="")


def _strangers_key_in_the_header(liar: LyingProvider, claims: Claims) -> str:
    return liar.signed(claims, STRANGERS_KEY, jwk=STRANGERS_KEY.as_dict(private=False))


def _strangers_key_by_address(liar: LyingProvider, claims: Claims) -> str:
    return liar.signed(claims, STRANGERS_KEY, jku=f"{liar.issuer}/jwks-of-a-stranger")


def _algorithm_not_announced(liar: LyingProvider, claims: Claims) -> str:
    return liar.signed(claims, alg="PS256")


def _access_token(liar: LyingProvider, claims: Claims) -> str:
    return liar.signed(claims, typ="at+jwt")


def _extension_that_must_be_understood(liar: LyingProvider, claims: Claims) -> str:
    header = {"alg": "RS256", "kid": liar.key.kid, "crit": ["b64"], "b64": False}
    return f"{encoded(header)}.{encoded(claims)}.{liar.signed(claims).rpartition('.')[2]}"


def _deeply_nested(_: LyingProvider, claims: Claims) -> str:
    return f"{encoded(b'[' * 60_000)}.{encoded(claims)}.AAAA"


def _no_token(_: LyingProvider, __: Claims) -> str:
    return "ä.ö.ü"


TOKENS: list[Callable[[LyingProvider, Claims], str]] = [
    _with_nothing_signed,
    _none_in_capitals,
    _signature_taken_off,
    _claims_exchanged,
    _client_secret,
    _public_key_as_secret,
    _strangers_key,
    _strangers_key_under_the_known_id,
    _strangers_key_without_id,
    _strangers_key_in_the_header,
    _strangers_key_by_address,
    _algorithm_not_announced,
    _access_token,
    _extension_that_must_be_understood,
    _deeply_nested,
    _no_token,
]


async def test_an_id_token_that_says_the_wrong_thing_signs_nobody_in(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    answers: dict[str, httpx.Response] = {}
    for lie, claims in CLAIMS.items():
        liar.claims = claims
        answers[lie] = await sign_in(browser, liar)
    assert [lie for lie, answer in answers.items() if not _is_refusal(answer)] == []
    assert await _traces(database) == []


async def test_an_id_token_that_is_not_signed_as_announced_signs_nobody_in(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    answers: dict[str, httpx.Response] = {}
    for make in TOKENS:
        liar.sign = partial(make, liar)
        answers[make.__name__] = await sign_in(browser, liar)
    assert [lie for lie, answer in answers.items() if not _is_refusal(answer)] == []
    assert await _traces(database) == []


async def test_the_same_provider_is_believed_where_it_does_not_lie(browser: Browser, liar: LyingProvider):
    answer = await sign_in(browser, liar)
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["email"] == "dana@example.com"


@pytest.mark.parametrize("claims", [{"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID}, {"at_hash": None}], ids=str)
async def test_what_a_provider_may_say_is_taken(claims: dict[str, Any], browser: Browser, liar: LyingProvider):
    liar.claims = claims
    assert (await sign_in(browser, liar)).status_code == 200


def _is_refusal(answer: httpx.Response) -> bool:
    """Refused, and without a word of what was wrong."""
    body = answer.json()
    said = (answer.status_code, body["type"], body["detail"])
    return said == (
        401,
        "urn:branchwise:problem:id-token-refused",
        "The provider's word on who you are does not hold",
    )


async def _traces(database: MigratedDatabase) -> list[Any]:
    return await fetch(database.superuser_dsn, "select from auth.account union all select from auth.session")
