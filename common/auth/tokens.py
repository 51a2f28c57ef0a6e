"""Verifying access tokens. Signing them is the auth service's alone.

A token is a JWT of type `at+jwt` with `iss, aud, sub` (account id), `sid` (session id), `email, jti, iat,
exp`. The algorithm is the one that configuration names, whatever the token says of itself: `EdDSA` with the keys
that the auth service publishes, or `HS256` with the shared secret.
"""

import binascii
import math
import re
import time
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from common.auth.expiring_cache import ExpiringCache
from common.auth.signing_keys import SigningKeys
from common.problem import Unauthenticated
from common.settings import Settings

# RFC 9864 renames EdDSA with this curve to Ed25519; verifiers in the field know the old name.
JWSRegistry.algorithms["EdDSA"].security_warning = None

# What our headers hold. Anything else (jwk, jku, x5u, crit, b64, …) asks a verifier to do what we never ask.
_HEADER_NAMES = frozenset({"alg", "typ", "kid"})
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

ISSUER = "branchwise"
AUDIENCE = "branchwise"
TOKEN_TYPE = "at+jwt"  # noqa: S105 -- the type's name in RFC 9068, no secret
MAX_TOKEN_CHARACTERS = 4096
CACHE_SECONDS = 60
# How far another server's clock may be ahead of ours.
CLOCK_SKEW_SECONDS = 60
CACHE_SIZE = 10_000


class TokenRefused(Unauthenticated):
    """The token is not one that the auth service issued to be used here and now."""

    type = "token-refused"
    title = "The access token does not hold"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, error="invalid_token")


class Identity(NamedTuple):
    """Who a token speaks for. `expires_at` is seconds since 1970."""

    account_id: UUID
    email: str
    session_id: UUID
    expires_at: float


class TokenVerifier:
    """Judges tokens; a verdict is kept for a minute at most, and never past the token's own end."""

    def __init__(self, settings: Settings, keys: SigningKeys, clock: Callable[[], float] = monotonic) -> None:
        self._algorithm = settings.jwt_algorithm
        self._secret = (
            OctKey.import_key(settings.jwt_secret_key.get_secret_value()) if self._algorithm == "HS256" else None
        )
        self._keys = keys
        self._verdicts: ExpiringCache[str, Identity] = ExpiringCache(CACHE_SIZE, clock)

    async def verify(self, token: str) -> Identity:
        """The identity of a token.

        Raises:
            TokenRefused: forged, expired, for someone else, or no token at all.
            SigningKeysAway: there is no key yet to judge it with.
        """
        identity = self._verdicts.get(token)
        if identity is None:
            identity = _identity(await self._claims(token))
            self._verdicts.put(token, identity, min(CACHE_SECONDS, identity.expires_at - time.time()))
        return identity

    def seconds_known(self, token: str) -> float:
        """How long that verdict will hold yet; 0 where there is none."""
        return self._verdicts.seconds_left(token)

    def withdraw(self, kids: list[str]) -> None:
        """Believe nothing any more that was signed with these keys; every verdict is reached anew."""
        self._keys.withdraw(kids)
        self._verdicts.drop(lambda _token, _identity: True)

    async def _claims(self, token: str) -> dict[str, Any]:
        header = _header(token)
        if header.get("alg") != self._algorithm or header.get("typ") != TOKEN_TYPE:
            message = "another algorithm or type of token is expected here"
            raise TokenRefused(message)
        key = self._secret or await self._published_key(header.get("kid"))
        try:
            return jwt.decode(token, key, algorithms=[self._algorithm]).claims
        except (JoseError, ValueError) as error:
            message = "its signature does not fit"
            raise TokenRefused(message) from error

    async def _published_key(self, kid: object) -> OKPKey:
        key = await self._keys.key(kid) if isinstance(kid, str) else None
        if key is None:
            message = "it was signed with a key that is not ours"
            raise TokenRefused(message)
        return key


def _header(token: str) -> dict[str, Any]:
    """The header as the token states it: unproved, good for choosing a key only."""
    try:
        if (
            len(token) > MAX_TOKEN_CHARACTERS
            or not _SHAPE.fullmatch(token)
            or not all(map(_is_exact, token.split(".")))
        ):
            raise ValueError
        header = msgspec.json.decode(urlsafe_b64decode(token.partition(".")[0].encode("ascii")), type=dict[str, Any])
    except (ValueError, RecursionError, binascii.Error, msgspec.DecodeError) as error:
        message = "it is not a JSON web token"
        raise TokenRefused(message) from error
    if not _HEADER_NAMES.issuperset(header):
        message = "its header says what no token of ours says"
        raise TokenRefused(message)
    return header


def _is_exact(part: str) -> bool:
    """Is this how its bytes are encoded? Decoders pass over stray bits, and one token must not have many texts."""
    encoded = part.encode("ascii")
    return urlsafe_b64encode(urlsafe_b64decode(encoded)) == encoded


def _identity(claims: dict[str, Any]) -> Identity:
    """What the claims of a token with a good signature say.

    Raises:
        TokenRefused: expired, not valid yet, of another issuer, for another audience, or incomplete.
    """
    if claims.get("iss") != ISSUER or claims.get("aud") not in (AUDIENCE, [AUDIENCE]):
        message = "it was issued by or for someone else"
        raise TokenRefused(message)
    expires_at, moment = _instant(claims.get("exp")), time.time()
    if expires_at is None or expires_at <= moment:
        message = "it has expired"
        raise TokenRefused(message)
    begins = [_instant(claims.get("iat")), *([_instant(claims["nbf"])] if "nbf" in claims else [])]
    if any(begin is None or begin > moment + CLOCK_SKEW_SECONDS for begin in begins):
        message = "it does not hold yet"
        raise TokenRefused(message)
    account_id, session_id, email = (claims.get(name) for name in ("sub", "sid", "email"))
    try:
        return Identity(UUID(str(account_id)), str(email or ""), UUID(str(session_id)), expires_at)
    except ValueError as error:
        message = "it names no account and session"
        raise TokenRefused(message) from error


def _instant(value: object) -> float | None:
    """Seconds since 1970, or None where it is no number that a clock could show (JSON as Python reads it has NaN)."""
    try:
        instant = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return None
    return instant if math.isfinite(instant) else None
