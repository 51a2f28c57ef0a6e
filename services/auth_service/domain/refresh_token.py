"""Refresh tokens: how one is made and how it is kept."""

import hashlib
import secrets

_RANDOM_BYTES = 32


def new_refresh_token() -> str:
    """A fresh one: 32 random bytes, base64url."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def hash_of(refresh_token: str) -> bytes:
    """How it is kept: sha-256 of its text. It is random, so that no slower hash is needed."""
    return hashlib.sha256(refresh_token.encode()).digest()
