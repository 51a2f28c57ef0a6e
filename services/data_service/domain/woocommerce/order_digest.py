"""Whether a shop says of an order what it said before: then nothing of it need be read again."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from services.data_service.domain.syncs.source_settings import WooCommerceConfig

_BYTES_OF_SETTINGS: Final = 8
_BYTES_OF_RECORD: Final = 16


class Told(NamedTuple):
    """An order as the shop tells of it, its id as it says it, and the digest of both that and how it is read."""

    order_id: str
    record: dict[str, Any]
    digest: bytes


def told_of(records: Sequence[dict[str, Any]], config: WooCommerceConfig) -> list[Told]:
    """Records with their digests."""
    settings = digest_of_settings(config)
    return [Told(str(record.get("id")), record, settings + _digest(record, _BYTES_OF_RECORD)) for record in records]


def digest_of_settings(config: WooCommerceConfig) -> bytes:
    """What the digests of all orders begin with that are read by these settings."""
    names = (config.transaction_id or "id", config.transaction_prefix, config.item_id or "id", config.customer_prefix)
    return _digest([name or "" for name in names], _BYTES_OF_SETTINGS)


def _digest(value: Any, size: int) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=size).digest()
