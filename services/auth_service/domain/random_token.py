"""Secrets that are handed out once and kept as a hash: refresh tokens, mailed links, the state of a sign-in."""

import hashlib
import secrets

_BYTES = 32


def new_token() -> str:
    """One that nobody can guess: 32 random bytes, 43 characters of base64url."""
    return secrets.token_urlsafe(_BYTES)


def hash_of_token(token: str) -> bytes:
    """What is kept of it: sha-256 of its text, since it is random no slower hash is needed, and whoever reads the
    database cannot use it.
    """
    return hashlib.sha256(token.encode()).digest()
