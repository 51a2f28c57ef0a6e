"""Sign access tokens. `common.auth.tokens` defines their claims and verifies them."""

import time
from typing import NamedTuple
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from common.auth.tokens import AUDIENCE, ISSUER, TOKEN_TYPE
from common.db import Connection
from common.settings import Settings
from services.auth_service.domain.signing_keys import opened
from services.auth_service.store import signing_keys

_SECONDS_PER_HOUR = 3600
_SECONDS_PER_DAY = 86_400


class IssuedToken(NamedTuple):
    """A signed token and its lifetime in seconds."""

    access_token: str
    expires_in: int


def lifetime_seconds(settings: Settings) -> int:
    """Return an access token's lifetime, which is never longer than that of a session that is not refreshed."""
    return int(min(settings.jwt_expiration_hours * _SECONDS_PER_HOUR, settings.refresh_token_days * _SECONDS_PER_DAY))


class Signer:
    """Signs tokens with the current EdDSA key, or with the shared HS256 secret.

    The database is asked for the current key at every token, so that a rotation takes effect on all replicas at once.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lifetime = lifetime_seconds(settings)
        self._opened: dict[str, OKPKey] = {}

    async def sign(self, conn: Connection, account_id: UUID, email: str, session_id: UUID) -> IssuedToken:
        """Sign a token for an account in one of its sessions, valid from now on."""
        key = await self._key(conn)
        issued_at = int(time.time())
        header = {"alg": self._settings.jwt_algorithm, "typ": TOKEN_TYPE}
        if isinstance(key, OKPKey):
            header["kid"] = key.thumbprint()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(account_id),
            "sid": str(session_id),
            "email": email,
            "jti": uuid4().hex,
            "iat": issued_at,
            "exp": issued_at + self._lifetime,
        }
        return IssuedToken(jwt.encode(header, claims, key, algorithms=[header["alg"]]), self._lifetime)

    async def _key(self, conn: Connection) -> OKPKey | OctKey:
        if self._settings.jwt_algorithm == "HS256":
            return OctKey.import_key(self._settings.jwt_secret_key.get_secret_value())
        kid, sealed = await signing_keys.signing_key(conn)
        if kid not in self._opened:
            self._opened[kid] = opened(self._settings, kid, sealed)
        return self._opened[kid]
