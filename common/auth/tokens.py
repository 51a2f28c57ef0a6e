"""Verifying access tokens. Signing them is the auth service's alone.

A token is a JWT of type `at+jwt` with `iss, aud, sub` (account id), `sid` (session id), `email, jti, iat,
exp`. The algorithm is the one that configuration names, whatever the token says of itself: `EdDSA` with the keys
that the auth service publishes, or `HS256` with the shared secret.
"""

import binascii
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
from joserfc.util import urlsafe_b64decode

from common.auth.expiring_cache import ExpiringCache
from common.auth.signing_keys import SigningKeys
from common.problem import Unauthenticated
from common.settings import Settings

# RFC 9864 renames EdDSA with this curve to Ed25519; verifiers in the field know the old name.
JWSRegistry.algorithms["EdDSA"].security_warning = None

ISSUER = "branchwise"
AUDIENCE = "branchwise"
TOKEN_TYPE = "at+jwt"  # noqa: S105 -- the type's name in RFC 9068, no secret
MAX_TOKEN_CHARACTERS = 4096
CACHE_SECONDS = 60
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
        if len(token) > MAX_TOKEN_CHARACTERS or token.count(".") != 2:  # noqa: PLR2004 -- header.claims.signature
            raise ValueError
        return msgspec.json.decode(
            urlsafe_b64decode(token.partition(".")[0].encode("ascii")),
            type=dict[str, Any],
        )
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        message = "it is not a JSON web token"
        raise TokenRefused(message) from error


def _identity(claims: dict[str, Any]) -> Identity:
    """What the claims of a token with a good signature say.

    Raises:
        TokenRefused: expired, of another issuer, for another audience, or incomplete.
    """
    if claims.get("iss") != ISSUER or claims.get("aud") not in (AUDIENCE, [AUDIENCE]):
        message = "it was issued by or for someone else"
        raise TokenRefused(message)
    expires_at, email = claims.get("exp"), claims.get("email")
    if not isinstance(expires_at, int | float) or expires_at <= time.time():
        message = "it has expired"
        raise TokenRefused(message)
    try:
        account_id, session_id = UUID(str(claims.get("sub"))), UUID(str(claims.get("sid")))
    except ValueError as error:
        message = "it names no account and session"
        raise TokenRefused(message) from error
    return Identity(account_id, str(email or ""), session_id, float(expires_at))
