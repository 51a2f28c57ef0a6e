"""New credentials for `/mp/collect`: an id, which is public, and a secret, which is shown once."""

import hashlib
import secrets
import string
from typing import Final, NamedTuple

_CHARACTERS: Final = string.ascii_uppercase + string.digits


class StreamNames(NamedTuple):
    """`measurement_id` has 51 random bits, so it is unique in an installation; `api_secret` has 192."""

    measurement_id: str
    api_secret: str


def new_stream_names() -> StreamNames:
    """New random credentials."""
    return StreamNames("G-" + "".join(secrets.choice(_CHARACTERS) for _ in range(10)), secrets.token_urlsafe(24))


def hash_of_secret(api_secret: str) -> bytes:
    """The hash under which a secret is stored and found."""
    return hashlib.sha256(api_secret.encode()).digest()
