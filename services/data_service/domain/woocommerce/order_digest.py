"""Digests of orders as a shop sends them: an order with the digest that is stored has not changed since."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from services.data_service.domain.syncs.source_settings import WooCommerceConfig

_BYTES_OF_SETTINGS: Final = 8
_BYTES_OF_RECORD: Final = 16


class DigestedOrder(NamedTuple):
    """An order as the shop sent it, its id as text, and its digest.

    The digest covers the record and the settings that it is read with, so it changes when either does.
    """

    order_id: str
    record: dict[str, Any]
    digest: bytes


def with_digests(records: Sequence[dict[str, Any]], config: WooCommerceConfig) -> list[DigestedOrder]:
    """Records with their digests."""
    settings = digest_of_settings(config)
    return [
        DigestedOrder(str(record.get("id")), record, settings + _digest(record, _BYTES_OF_RECORD)) for record in records
    ]


def digest_of_settings(config: WooCommerceConfig) -> bytes:
    """The first bytes of the digest of every order that is read with these settings."""
    names = (config.transaction_id or "id", config.transaction_prefix, config.item_id or "id", config.customer_prefix)
    return _digest([name or "" for name in names], _BYTES_OF_SETTINGS)


def _digest(value: Any, size: int) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=size).digest()
