"""Webhook deliveries: checking the shop's signature, and what a delivery points at.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from services.data_service.store.shop.webhook_deliveries import Delivery

SIGNATURE: Final = "x-wc-webhook-signature"
_BASE64_OF_A_DIGEST: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_TOPIC: Final = "x-wc-webhook-topic"
_FOLLOWED: Final = frozenset({"order", "customer", "product"})
_PING: Final = re.compile(rb"webhook_id=\d{1,20}")
_LONGEST_TOPIC: Final = 100


def may_be_signature(signature: str) -> bool:
    """Whether it looks like a signature; what does not is none, whatever the secret."""
    return _BASE64_OF_A_DIGEST.fullmatch(signature) is not None


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether `signature` is the base64 of the body's HMAC-SHA256, compared in constant time."""
    expected = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))
    return hmac.compare_digest(expected, signature.encode("latin-1", "replace"))


def is_ping(body: bytes) -> bool:
    """Whether the body is the unsigned ping that a shop sends when a webhook is activated."""
    return _PING.fullmatch(body.strip()) is not None


def delivery_of(headers: Mapping[str, str], body: bytes) -> Delivery | None:
    """What a signed delivery points at; None if it is nothing that this service reads.

    Only the object's id is taken from the body; its state is read from the shop. A webhook of the former API ("Legacy
    API v3" in a webhook's settings) has the object one level down, under its name.
    """
    topic = headers.get(_TOPIC, "")[:_LONGEST_TOPIC]
    resource = topic.partition(".")[0]
    if resource not in _FOLLOWED:
        return None
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = None
    number: Any = _id_in(told, resource)
    is_id = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 63
    return Delivery(resource, str(number) if is_id else "", topic)


def _id_in(told: Any, resource: str) -> Any:
    if not isinstance(told, dict):
        return None
    thing: Any = told if "id" in told else told.get(resource)  # pyright: ignore[reportUnknownMemberType]  # JSON
    return thing.get("id") if isinstance(thing, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON
