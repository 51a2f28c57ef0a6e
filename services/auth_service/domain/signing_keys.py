"""Keys that sign access tokens: Ed25519, the private half sealed for the place where it is kept."""

from typing import Any, NamedTuple

from joserfc.jwk import OKPKey

from common.sealed_columns import SIGNING_KEY
from common.sealing import seal, unseal
from common.settings import Settings


class SealedKey(NamedTuple):
    """A key as it is kept; `public_jwk` is what is published of it."""

    kid: str
    public_jwk: dict[str, Any]
    sealed_private_key: str


def new_key(settings: Settings) -> SealedKey:
    """A fresh key; its id is the thumbprint of its public half (RFC 7638)."""
    key = OKPKey.generate_key("Ed25519")
    kid = key.thumbprint()
    public: dict[str, Any] = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": "EdDSA"}
    return SealedKey(kid, public, seal(settings, key.as_pem(private=True).decode(), SIGNING_KEY.place(kid)))


def opened(settings: Settings, kid: str, sealed_private_key: str) -> OKPKey:
    """The key itself.

    Raises:
        SealBroken: this home's secrets key is another, or the row was changed.
    """
    return OKPKey.import_key(unseal(settings, sealed_private_key, SIGNING_KEY.place(kid)))
