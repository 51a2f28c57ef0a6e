"""Tokens made by hand, so that each can be wrong in exactly one thing: no library would sign most of them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from joserfc.jwk import OKPKey

from common.auth.tokens import TOKEN_TYPE

Json = dict[str, Any]


class Identity(NamedTuple):
    """An account and one of its sessions."""

    account_id: UUID
    session_id: UUID
    email: str


def part(value: bytes | str | Json | list[Any]) -> str:
    """One part of a token."""
    text = value if isinstance(value, bytes | str) else json.dumps(value)
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str) -> Json:
    """What a part says."""
    return json.loads(base64.urlsafe_b64decode(text + "=="))


class Forger:
    """Knows the key that signs, a good token of the owner, a stranger's key, and a session that has ended."""

    def __init__(self, key: OKPKey, good: str, *, ended: Identity) -> None:
        self.kid = key.thumbprint()
        self.good = good
        self.ended = ended
        self.jwk = cast("Json", key.as_dict(private=False))
        self.stranger_key = OKPKey.generate_key("Ed25519")
        self.stranger_jwk = cast("Json", self.stranger_key.as_dict(private=False))
        self.stranger_kid = self.stranger_key.thumbprint()
        self._private = _private(key)
        self._stranger = _private(self.stranger_key)

    @property
    def header(self) -> Json:
        """What a good header says."""
        return {"alg": "EdDSA", "typ": TOKEN_TYPE, "kid": self.kid}

    def claims(self, identity: Identity | None = None) -> Json:
        """What a good token says that was issued now."""
        moment = int(time.time())
        claims = read(self.good.split(".")[1]) | {"jti": uuid4().hex, "iat": moment, "exp": moment + 600}
        if identity is not None:
            account_id, session_id, email = identity
            claims |= {"sub": str(account_id), "sid": str(session_id), "email": email}
        return claims

    def but(self, **changed: Any) -> str:
        """A well signed token whose claims differ in this; None takes one away."""
        claims = self.claims() | changed
        return self.signed({name: value for name, value in claims.items() if value is not None})

    def headed(self, **changed: Any) -> str:
        """A well signed token whose header differs in this."""
        return self.signed(self.claims(), self.header | changed)

    def signed(self, claims: Json | str, header: Json | str | None = None, *, stranger: bool = False) -> str:
        """Signed with our key, or with a stranger's."""
        message = f"{part(header if header is not None else self.header)}.{part(claims)}"
        private = self._stranger if stranger else self._private
        return f"{message}.{part(private.sign(message.encode()))}"

    def signed_text(self, message: str) -> str:
        """Our signature of any message."""
        return part(self._private.sign(message.encode()))

    def unsigned(self, algorithm: str, signature: str = "") -> str:
        """A token that says it needs no signature."""
        return f"{part(self.header | {'alg': algorithm})}.{part(self.claims())}.{signature}"

    def by_secret(self, secret: bytes, algorithm: str = "HS256", **changed: Any) -> str:
        """Signed with a secret, by hand: the libraries refuse to take a public key for one."""
        message = f"{part(self.header | {'alg': algorithm, **changed})}.{part(self.claims())}"
        digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
        return f"{message}.{part(hmac.digest(secret, message.encode(), digest))}"

    def public(self, encoding: Encoding, form: PublicFormat) -> bytes:
        """Our public key, as anybody may have it."""
        return self._private.public_key().public_bytes(encoding, form)


def _private(key: OKPKey) -> Ed25519PrivateKey:
    loaded = load_pem_private_key(key.as_pem(private=True), password=None)
    assert isinstance(loaded, Ed25519PrivateKey)
    return loaded
