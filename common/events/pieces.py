"""Split long lists in events into pieces that fit into a message of the bus."""

from typing import TypeVar

from common.db.jsonb import to_jsonb

# NATS accepts messages of 1 MB by default; the rest of an event is small.
MOST_BYTES = 512 << 10

ItemT = TypeVar("ItemT")


def in_pieces(items: list[ItemT]) -> list[list[ItemT]]:
    """Split a list into lists of at most half a megabyte of JSON each. An empty list remains one list."""
    if len(items) < 2 or len(to_jsonb(items)) <= MOST_BYTES:  # noqa: PLR2004 -- one item cannot be halved
        return [items]
    half = len(items) // 2
    return in_pieces(items[:half]) + in_pieces(items[half:])
