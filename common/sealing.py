"""Secrets at rest: AES-256-GCM under a key-encryption key.

The key comes from `SECRETS_KEY` (any text of 32 bytes or more), else from a file that the home makes for itself.
A sealed value is `v1.<key id>.<base64 of nonce and ciphertext>`; what it belongs to (`context`: the tenant and the
column) is authenticated with it, so that a sealed value moved to another row does not open.
"""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.settings import Settings

_NONCE_BYTES = 12


class SealBroken(Exception):
    """The sealed value was not made with this key for this place, or was changed."""


def _key(settings: Settings) -> tuple[str, bytes]:
    material = settings.secrets_key.get_secret_value() or settings.secret_file("secrets_key")
    key = hashlib.sha256(b"branchwise sealing v1" + material.encode()).digest()
    return hashlib.sha256(key).hexdigest()[:8], key


def seal(settings: Settings, secret: str, context: str) -> str:
    """Encrypt `secret` for the place named by `context`."""
    key_id, key = _key(settings)
    nonce = os.urandom(_NONCE_BYTES)
    box = AESGCM(key).encrypt(nonce, secret.encode(), context.encode())
    return f"v1.{key_id}.{base64.urlsafe_b64encode(nonce + box).decode()}"


def unseal(settings: Settings, sealed: str, context: str) -> str:
    """Decrypt what `seal` made for the same `context`.

    Raises:
        SealBroken: the key, the context or the value is another.
    """
    key_id, key = _key(settings)
    version, _, rest = sealed.partition(".")
    sealed_with, _, text = rest.partition(".")
    if version != "v1" or sealed_with != key_id:
        message = f"sealed with key {sealed_with or '?'}, this home has key {key_id}"
        raise SealBroken(message)
    box = base64.urlsafe_b64decode(text)
    try:
        return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context.encode()).decode()
    except InvalidTag:
        message = "the sealed value does not belong here or was changed"
        raise SealBroken(message) from None
