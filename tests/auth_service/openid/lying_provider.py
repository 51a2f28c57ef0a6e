"""An OpenID provider that speaks the protocol on real sockets and lies where a test tells it to; honest otherwise."""

import base64
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from common.testing.serve import serve

CLIENT_ID = "branchwise"
CLIENT_SECRET = "the secret that only we two know, 32 bytes"
REDIRECT_URI = "http://127.0.0.1:3000/sign-in/done"

Claims = dict[str, Any]
Sign = Callable[[Claims], str]
Answer = Callable[[Request], Awaitable[Response]]


def encoded(part: Any) -> str:
    """A part of a token, as base64url."""
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class LyingProvider:
    """What it says is set by the tests.

    `claims` are added to those of each ID token (None takes one away), `sign` makes the token of them, `discovery` is
    added to its document, `answers` replaces the answer at a path. `asked` counts the requests by path.
    """

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": uuid4().hex}))
    person: Claims = field(default_factory=lambda: {"email": "dana@example.com", "email_verified": True})
    subject: str = "subject of dana"
    claims: Claims = field(default_factory=dict[str, Any])
    sign: Sign | None = None
    discovery: Claims = field(default_factory=dict[str, Any])
    userinfo: Claims = field(default_factory=dict[str, Any])
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    asked: Counter[str] = field(default_factory=Counter[str])
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def code_for(self, login_url: str) -> str:
        """What the person's browser would bring back from the login page at this address."""
        code = uuid4().hex
        self._codes[code] = dict(parse_qsl(urlsplit(login_url).query))
        return code

    def signed(self, claims: Claims, key: Any = None, **header: Any) -> str:
        """A token of these claims, signed with RS256 unless the header says otherwise."""
        header = {"alg": "RS256", "kid": self.key.kid, **header}
        key = key or self.key
        registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
        return jws.serialize_compact(header, json.dumps(claims), key, registry=registry)

    def app(self) -> Starlette:
        """Its HTTP side."""
        paths: dict[str, Answer] = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": self._jwks,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }

        async def answer(request: Request) -> Response:
            path = request.url.path
            self.asked[path] += 1
            return await self.answers.get(path, paths[path])(request)

        return Starlette(routes=[Route(path, answer, methods=["GET", "POST"]) for path in paths])

    async def _discovery(self, _: Request) -> Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        return JSONResponse(document | self.discovery)

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [{**self.key.as_dict(private=False), "use": "sig"}]})

    async def _userinfo(self, _: Request) -> Response:
        return JSONResponse({"sub": self.subject} | self.userinfo)

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(form["code"], None)
        if asked is None or not _is_ours(request) or not _verifier_fits(form, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now, access_token = int(time.time()), uuid4().hex
        claims: Claims = {"iss": self.issuer, "aud": CLIENT_ID, "sub": self.subject, "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300, "at_hash": at_hash(access_token), **self.person, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        id_token = (self.sign or self.signed)(claims)
        return JSONResponse({"access_token": access_token, "token_type": "Bearer", "id_token": id_token})


def at_hash(access_token: str) -> str:
    """The hash that binds an access token to an ID token."""
    return encoded(hashlib.sha256(access_token.encode()).digest()[:16])


def _is_ours(request: Request) -> bool:
    given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    return [unquote_plus(part) for part in given.split(":")] == [CLIENT_ID, CLIENT_SECRET]


def _verifier_fits(form: dict[str, str], asked: dict[str, str]) -> bool:
    challenge = encoded(hashlib.sha256(form["code_verifier"].encode()).digest())
    return (asked["code_challenge"], asked["redirect_uri"]) == (challenge, form["redirect_uri"])


@asynccontextmanager
async def running() -> AsyncGenerator[LyingProvider]:
    """A provider that answers on a port of its own."""
    provider = LyingProvider()
    async with serve(provider.app()) as url:
        provider.issuer = url
        yield provider
