"""Names for what posts to `/mp/collect`: an id that everybody may see, and a secret that is shown once."""

import hashlib
import secrets
import string
from typing import Final, NamedTuple

_CHARACTERS: Final = string.ascii_uppercase + string.digits


class StreamNames(NamedTuple):
    """`measurement_id`: 51 random bits, so that no two are alike in an installation; the secret has 192."""

    measurement_id: str
    api_secret: str


def new_stream_names() -> StreamNames:
    """Names that nobody has."""
    return StreamNames("G-" + "".join(secrets.choice(_CHARACTERS) for _ in range(10)), secrets.token_urlsafe(24))


def hash_of_secret(api_secret: str) -> bytes:
    """What is kept of a secret, and looked up by."""
    return hashlib.sha256(api_secret.encode()).digest()
