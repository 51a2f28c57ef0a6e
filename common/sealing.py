"""Encrypt secrets at rest with AES-256-GCM. One key encrypts ("seals"), and further keys may decrypt ("unseal").

A sealed value is `v1.<key id>.<base64 of nonce and ciphertext>`. Its `context`, the table and the row's key, is
authenticated with it, so that a sealed value that was moved to another row cannot be unsealed.

Values are sealed with `SECRETS_KEY`, or if that is not set with a key that the home created. They can also be unsealed
with `SECRETS_KEYS_OLD`, with the home's former keys, and with the home's own key after `SECRETS_KEY` was set.
`branchwise secrets reseal` seals all values again with the current key, after which the other keys are not needed any
more (common/reseal.py).
"""

import base64
import hashlib
import os
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.settings import Settings

HOME_KEY, HOME_KEYS_OLD = "secrets_key", "secrets_keys_old"
_NONCE_BYTES = 12


class SealBroken(Exception):
    """The value was sealed with an unknown key or for another context, or was changed."""


class _Key(NamedTuple):
    key_id: str
    key: bytes


@lru_cache(maxsize=32)
def _derived(material: str) -> _Key:
    key = hashlib.sha256(b"branchwise sealing v1" + material.encode()).digest()
    return _Key(hashlib.sha256(key).hexdigest()[:8], key)


def _current(settings: Settings) -> _Key:
    # The file is read each time, so that a rotation of the home's key takes effect at once in every running service.
    return _derived(settings.secrets_key.get_secret_value() or settings.secret_file(HOME_KEY))


def _old(settings: Settings) -> list[_Key]:
    configured = settings.secrets_keys_old.get_secret_value().split(",")
    folder = settings.home / "secrets"
    files = [path for path in (folder / HOME_KEYS_OLD, folder / HOME_KEY) if path.exists()]
    former = [line for path in files for line in path.read_text(encoding="ascii").splitlines()]
    return [_derived(material.strip()) for material in (*configured, *former) if material.strip()]


def hint_for_production(settings: Settings) -> str | None:
    """Return a warning for production without `SECRETS_KEY`, because then presumably nobody has a copy of the key."""
    if settings.environment != "production" or settings.secrets_key.get_secret_value():
        return None
    return (
        f"SECRETS_KEY is not set: stored secrets are sealed with {settings.home / 'secrets' / HOME_KEY}. "
        "Keep a copy of that file; without it the passwords and other secrets in the database are lost."
    )


def current_key_id(settings: Settings) -> str:
    """Return the id of the current key, which is part of each value that it seals."""
    return _current(settings).key_id


def configured_key_id(settings: Settings) -> str | None:
    """Return the id of `SECRETS_KEY`, or None if it is not set and the home's own key is used."""
    key = settings.secrets_key.get_secret_value()
    return _derived(key).key_id if key else None


def sealed_with(settings: Settings) -> str:
    """Return the prefix of all values that the current key has sealed."""
    return f"v1.{current_key_id(settings)}."


def seal(settings: Settings, secret: str, context: str) -> str:
    """Encrypt `secret` for a `context`, which is needed to decrypt it."""
    current = _current(settings)
    nonce = os.urandom(_NONCE_BYTES)
    ciphertext = AESGCM(current.key).encrypt(nonce, secret.encode(), context.encode())
    return f"v1.{current.key_id}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"


def unseal(settings: Settings, sealed: str, context: str) -> str:
    """Decrypt a value that `seal` has encrypted for the same `context`.

    Raises:
        SealBroken: the key is unknown, the context is another one, or the value was changed.
    """
    version, _, rest = sealed.partition(".")
    key_id, _, text = rest.partition(".")
    current = _current(settings)
    key = current.key if current.key_id == key_id else dict(_old(settings)).get(key_id)
    if version != "v1" or key is None:
        message = f"sealed with key {key_id or '?'}, which is not among the keys of this installation"
        raise SealBroken(message)
    try:
        encrypted = base64.urlsafe_b64decode(text)
        return AESGCM(key).decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], context.encode()).decode()
    except (InvalidTag, ValueError):
        message = "the sealed value does not belong here or was changed"
        raise SealBroken(message) from None
