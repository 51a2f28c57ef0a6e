"""Counting what is read, while it is read."""

from collections.abc import Iterable, Iterator


class Meter:
    """Blocks on their way; `done` is how many bytes of them have been taken."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.done = 0
        self._blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self.done += len(block)
            yield block
