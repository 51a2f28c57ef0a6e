"""Signing access tokens; `common.auth.tokens` says what stands in them and verifies them."""

import time
from typing import NamedTuple
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from common.auth.tokens import AUDIENCE, ISSUER, TOKEN_TYPE


class IssuedToken(NamedTuple):
    """A signed token and the seconds it lives."""

    access_token: str
    expires_in: int


class Signer:
    """Signs with one key: the newest EdDSA key, or the shared HS256 secret."""

    def __init__(self, key: OKPKey | OctKey, algorithm: str, lifetime_seconds: int) -> None:
        self._key = key
        self._algorithm = algorithm
        self._lifetime = lifetime_seconds

    def sign(self, account_id: UUID, email: str, session_id: UUID) -> IssuedToken:
        """A token for an account in one of its sessions, valid from now on."""
        issued_at = int(time.time())
        header = {"alg": self._algorithm, "typ": TOKEN_TYPE}
        if isinstance(self._key, OKPKey):
            header["kid"] = self._key.thumbprint()
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
        token = jwt.encode(header, claims, self._key, algorithms=[self._algorithm])
        return IssuedToken(token, self._lifetime)
