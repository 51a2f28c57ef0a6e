"""Random tokens that are handed out once and stored as a hash: refresh tokens, mailed links, the state of a sign-in."""

import hashlib
import secrets

_BYTES = 32


def new_token() -> str:
    """Generate a token of 32 random bytes: 43 characters of base64url."""
    return secrets.token_urlsafe(_BYTES)


def hash_of_token(token: str) -> bytes:
    """Return the SHA-256 hash that is stored instead of the token, so that nobody who reads the database can use it.

    A random token needs no slower hash.
    """
    return hashlib.sha256(token.encode()).digest()
