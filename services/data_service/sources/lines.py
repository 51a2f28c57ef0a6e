"""Lines of a text file, numbered from 1, with a bound on how much of one is held."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

MAX_LINE_BYTES: Final = 1 << 20
_SHOWN_OF_LONG: Final = 200
# Two, where a program has set one before a text that had its own.
_MARKS: Final = re.compile(b"^(\xef\xbb\xbf)+")


class LongLine(bytes):
    """The beginning of a line that is longer than MAX_LINE_BYTES; the rest was passed over, not held."""


def numbered_lines(blocks: Iterable[bytes], max_bytes: int = MAX_LINE_BYTES) -> Iterator[tuple[int, bytes]]:
    """Lines without their ends; byte-order marks at the start are dropped. A last line needs no end."""
    number = 1
    held = b""
    passing_over = False
    for block in _without_mark(blocks):
        pieces = block.split(b"\n")
        # The last piece has no end yet; all others close a line.
        for place, piece in enumerate(pieces):
            is_open = place == len(pieces) - 1
            if not passing_over:
                held = held + piece if held else piece
                if len(held) > max_bytes:
                    held, passing_over = LongLine(held[:_SHOWN_OF_LONG]), True
            if not is_open:
                yield number, held if passing_over else held.removesuffix(b"\r")
                number += 1
                held, passing_over = b"", False
    if held:
        yield number, held if passing_over else held.removesuffix(b"\r")


def _without_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    first = True
    for block in blocks:
        yield _MARKS.sub(b"", block) if first else block
        first = False
