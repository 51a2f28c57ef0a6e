"""Tokens that the auth service never signed, or not for this: no service of the running system believes one."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from common.auth.tokens import TOKEN_TYPE
from common.sealing import unseal
from common.settings import Settings
from common.testing.company import Company
from common.testing.stack import Stack
from tests.faults.blows import connected

# Whoever comes first waits until the whole system stands.
pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

_READS = {
    "auth": "/auth/me",
    "data": "/data/ingest/jobs",
    "analytics": "/analytics/locations",
    "email": "/analytics/email/history",
}

# The signature of the last one is right: behind the gateway it is a stranger's, who is a member of nothing.
_EXPECTED = {"right": {200}, "an account that is not there": {401, 403}}


async def signing_key(stack: Stack) -> OKPKey:
    """The key that the running auth service signs with: only so can a token be wrong in one thing alone."""
    admin = await connected(stack)
    row = await admin.fetchrow("select kid, sealed_private_key from auth.signing_key order by created_at desc limit 1")
    await admin.close()
    assert row is not None
    settings = Settings(branchwise_home=stack.home)
    return OKPKey.import_key(unseal(settings, row["sealed_private_key"], f"auth.signing_key/{row['kid']}"))


def claims_of(company: Company) -> dict[str, Any]:
    """What a good token of the company's owner says."""
    token = company.api.headers["Authorization"].split()[1]
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def encoded(value: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def by_secret(message: str, secret: bytes) -> str:
    """Signed as HS256 by hand: the libraries refuse to take a public key for a secret."""
    return f"{message}.{encoded(hmac.digest(secret, message.encode(), hashlib.sha256))}"


def forged_tokens(key: OKPKey, claims: dict[str, Any]) -> dict[str, str]:
    """Tokens that are each wrong in one way; the first is right."""
    kid = key.thumbprint()
    header = {"alg": "EdDSA", "typ": TOKEN_TYPE, "kid": kid}
    public = {"as bytes": base64.urlsafe_b64decode(str(key.as_dict(private=False)["x"]) + "==")}
    public |= {"as PEM": key.as_pem(private=False), "as JSON": json.dumps(key.as_dict(private=False)).encode()}

    def signed(what: dict[str, Any], head: dict[str, Any] = header, with_key: OKPKey = key) -> str:
        return jwt.encode(head, what, with_key, algorithms=["EdDSA"])

    def part(value: dict[str, Any]) -> str:
        return encoded(json.dumps(value).encode())

    good = signed(claims)
    stranger = OKPKey.generate_key("Ed25519")
    now = int(time.time())
    return {
        "right": good,
        "alg none": f"{part(header | {'alg': 'none'})}.{part(claims)}.",
        "alg none, old signature": f"{part(header | {'alg': 'none'})}.{part(claims)}.{good.split('.')[2]}",
        **{
            f"HS256 with the public key {how}": by_secret(f"{part(header | {'alg': 'HS256'})}.{part(claims)}", secret)
            for how, secret in public.items()
        },
        "another audience": signed(claims | {"aud": "somebody-else"}),
        "another issuer": signed(claims | {"iss": "somebody-else"}),
        "expired": signed(claims | {"iat": now - 7200, "exp": now - 1}),
        "no end": signed({name: value for name, value in claims.items() if name != "exp"}),
        "another type": signed(claims, header | {"typ": "JWT"}),
        "a stranger's key": signed(claims, header | {"kid": stranger.thumbprint()}, stranger),
        "a stranger's key under our name": signed(claims, header, stranger),
        "somebody else's claims": f"{good.split('.')[0]}.{part(claims | {'sub': str(uuid4())})}.{good.split('.')[2]}",
        "an account that is not there": signed(claims | {"sub": str(uuid4())}),
    }


async def test_no_forged_token_is_believed_by_the_gateway_or_behind_it(stack: Stack):
    async with stack.company() as company, httpx.AsyncClient(timeout=30) as caller:
        tokens = forged_tokens(await signing_key(stack), claims_of(company))
        for service, path in _READS.items():
            for place in (stack.gateway, stack.url_of(service)):
                answer = await caller.get(place + path)
                assert answer.status_code == 401, (service, place, answer.text)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                for what, token in tokens.items():
                    headers = {"Authorization": f"Bearer {token}", "X-Tenant-Id": str(company.tenant_id)}
                    answer = await caller.get(place + path, headers=headers)
                    expected = _EXPECTED.get(what, {401})
                    assert answer.status_code in expected, (service, what, answer.text)
                    if what != "right":
                        assert answer.headers["Content-Type"] == "application/problem+json"
