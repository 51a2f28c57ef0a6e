"""Secrets at rest: AES-256-GCM under key-encryption keys, of which one seals and several may open.

A sealed value is `v1.<key id>.<base64 of nonce and ciphertext>`; the place it belongs to (`context`: the table and the
row's key) is authenticated with it, so that a sealed value moved to another row does not open.

`SECRETS_KEY` seals, else a key that the home made for itself. These open, too: `SECRETS_KEYS_OLD`, the home's former
keys, and the home's own one where `SECRETS_KEY` has taken its place. `branchwise secrets reseal` seals everything anew,
after which none of the others is needed (common/reseal.py).
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
    """The sealed value was not made with any of these keys, or not for this place, or was changed."""


class _Key(NamedTuple):
    key_id: str
    key: bytes


@lru_cache(maxsize=32)
def _derived(material: str) -> _Key:
    key = hashlib.sha256(b"branchwise sealing v1" + material.encode()).digest()
    return _Key(hashlib.sha256(key).hexdigest()[:8], key)


def _current(settings: Settings) -> _Key:
    # Read anew each time: a rotation in the home holds from the next value on, in every running service.
    return _derived(settings.secrets_key.get_secret_value() or settings.secret_file(HOME_KEY))


def _old(settings: Settings) -> list[_Key]:
    given = settings.secrets_keys_old.get_secret_value().split(",")
    folder = settings.home / "secrets"
    files = [path for path in (folder / HOME_KEYS_OLD, folder / HOME_KEY) if path.exists()]
    kept = [line for path in files for line in path.read_text(encoding="ascii").splitlines()]
    return [_derived(material.strip()) for material in (*given, *kept) if material.strip()]


def hint_for_production(settings: Settings) -> str | None:
    """What an operator should hear at the start: in production a key that nobody chose is one that nobody kept."""
    if settings.environment != "production" or settings.secrets_key.get_secret_value():
        return None
    return (
        f"SECRETS_KEY is not set: stored secrets are sealed with {settings.home / 'secrets' / HOME_KEY}. "
        "Keep a copy of that file; without it the passwords and other secrets in the database are lost."
    )


def current_key_id(settings: Settings) -> str:
    """What the key in force is called within each value that it seals."""
    return _current(settings).key_id


def configured_key_id(settings: Settings) -> str | None:
    """The name of the `SECRETS_KEY` that is set; None where the home's own key seals."""
    key = settings.secrets_key.get_secret_value()
    return _derived(key).key_id if key else None


def sealed_with(settings: Settings) -> str:
    """How everything begins that the key in force has sealed."""
    return f"v1.{current_key_id(settings)}."


def seal(settings: Settings, secret: str, context: str) -> str:
    """Encrypt `secret` for the place named by `context`."""
    current = _current(settings)
    nonce = os.urandom(_NONCE_BYTES)
    box = AESGCM(current.key).encrypt(nonce, secret.encode(), context.encode())
    return f"v1.{current.key_id}.{base64.urlsafe_b64encode(nonce + box).decode()}"


def unseal(settings: Settings, sealed: str, context: str) -> str:
    """Decrypt what `seal` made for the same `context`, with the key that it names.

    Raises:
        SealBroken: the key, the context or the value is another.
    """
    version, _, rest = sealed.partition(".")
    key_id, _, text = rest.partition(".")
    current = _current(settings)
    key = current.key if current.key_id == key_id else dict(_old(settings)).get(key_id)
    if version != "v1" or key is None:
        message = f"sealed with key {key_id or '?'}, which is not among the keys of this installation"
        raise SealBroken(message)
    try:
        box = base64.urlsafe_b64decode(text)
        return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context.encode()).decode()
    except (InvalidTag, ValueError):
        message = "the sealed value does not belong here or was changed"
        raise SealBroken(message) from None
