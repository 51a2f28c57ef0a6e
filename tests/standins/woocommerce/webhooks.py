"""Deliveries of webhooks, as a shop sends them.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks; the headers:
https://woocommerce.com/document/webhooks/.
"""

import base64
import hashlib
import hmac
import json
from typing import Any, NamedTuple


class Delivery(NamedTuple):
    """One request: its headers and body."""

    headers: dict[str, str]
    body: bytes


def delivery(topic: str, payload: dict[str, Any], secret: str, delivery_id: int = 1) -> Delivery:
    """A signed delivery; its id is the delivery's within one webhook, and not unique."""
    body = json.dumps(payload).encode()
    return Delivery(headers_of(topic, signature_of(body, secret), delivery_id), body)


def headers_of(topic: str, signature: str, delivery_id: int = 1) -> dict[str, str]:
    """The headers of a delivery."""
    resource, _, event = topic.partition(".")
    return {
        "User-Agent": "WooCommerce/9.4.0 Hookshot (WordPress/6.7)",
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": "http://shop.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-ID": "5",
        "X-WC-Webhook-Delivery-ID": str(delivery_id),
    }


def signature_of(body: bytes, secret: str) -> str:
    """Base64 of the HMAC-SHA256 of the body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def ping(webhook_id: int = 5) -> Delivery:
    """What a webhook sends when it is switched on: a form, unsigned."""
    headers = {
        "User-Agent": "WooCommerce/9.4.0 Hookshot (WordPress/6.7)",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return Delivery(headers, f"webhook_id={webhook_id}".encode())
