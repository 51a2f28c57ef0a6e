"""Long lists in events: in pieces that any bus takes."""

from typing import TypeVar

from common.db.jsonb import to_jsonb

# A given NATS takes messages of 1 MB by default; the rest of an event is small.
MOST_BYTES = 512 << 10

ItemT = TypeVar("ItemT")


def in_pieces(items: list[ItemT]) -> list[list[ItemT]]:
    """The list in as many lists as it needs for each to stay below half a megabyte of JSON; [] stays one."""
    if len(items) < 2 or len(to_jsonb(items)) <= MOST_BYTES:  # noqa: PLR2004 -- one item cannot be halved
        return [items]
    half = len(items) // 2
    return in_pieces(items[:half]) + in_pieces(items[half:])
