"""Uploaded files: written as they stream in, read block by block, never held whole."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import obstore
from obstore.store import LocalStore

_PART_BYTES: Final = 4 << 20
_BLOCK_BYTES: Final = 1 << 20


class FileStore:
    """A folder. Names are relative paths with `/`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._store = LocalStore(folder)

    async def put(self, name: str, blocks: AsyncIterator[bytes]) -> None:
        """Write a file from a stream; it appears whole or not at all."""
        # Parts one after the other: memory stays at a few of them, however fast the sender is.
        await obstore.put_async(self._store, name, blocks, chunk_size=_PART_BYTES, max_concurrency=2)

    async def head(self, name: str, length: int) -> bytes:
        """The first bytes of a file that has some."""
        return bytes(await obstore.get_range_async(self._store, name, start=0, length=length))

    async def delete(self, name: str) -> None:
        """Drop a file; one that is gone already is no error."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self._store, name)

    def untouched_for(self, seconds: float) -> list[str]:
        """Names of what nobody has written to for so long, pieces of broken uploads (`NAME#1`) too."""
        before = time.time() - seconds
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.stat().st_mtime < before)
        return [path.relative_to(self.folder).as_posix() for path in found]

    def drop(self, name: str) -> None:
        """Drop what `untouched_for` named; the store itself knows whole files only."""
        (self.folder / name).unlink(missing_ok=True)

    def blocks(self, name: str) -> Iterator[bytes]:
        """The file's bytes in order, in blocks of about 1 MB; for a reader with a process of its own."""
        for block in obstore.get(self._store, name).stream(min_chunk_size=_BLOCK_BYTES):
            yield bytes(block)
