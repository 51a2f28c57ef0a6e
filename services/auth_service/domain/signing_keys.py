"""Create and open the Ed25519 keys that sign access tokens. The private key is sealed for the row that stores it."""

from typing import Any, NamedTuple

from joserfc.jwk import OKPKey

from common.sealed_columns import SIGNING_KEY
from common.sealing import seal, unseal
from common.settings import Settings


class SealedKey(NamedTuple):
    """A key as it is stored. `public_jwk` is its published part."""

    kid: str
    public_jwk: dict[str, Any]
    sealed_private_key: str


def new_key(settings: Settings) -> SealedKey:
    """Generate a key. Its id is the thumbprint of its public key (RFC 7638)."""
    key = OKPKey.generate_key("Ed25519")
    kid = key.thumbprint()
    public: dict[str, Any] = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": "EdDSA"}
    return SealedKey(kid, public, seal(settings, key.as_pem(private=True).decode(), SIGNING_KEY.place(kid)))


def opened(settings: Settings, kid: str, sealed_private_key: str) -> OKPKey:
    """Unseal a private key.

    Raises:
        SealBroken: it was sealed with the key of another home, or the row was changed.
    """
    return OKPKey.import_key(unseal(settings, sealed_private_key, SIGNING_KEY.place(kid)))
