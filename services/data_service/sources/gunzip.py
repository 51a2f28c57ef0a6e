"""Decompressing gzip as it streams, whatever it expands to."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from services.data_service.sources.broken_file import BrokenFile

MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31
_AT_MOST: Final = 1 << 20


def gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompressed blocks of at most 1 MB; members that follow one another are one file.

    Raises:
        BrokenFile: damaged, or it ends in the middle; everything before has been given out.
    """
    inflate = zlib.decompressobj(_GZIP)
    started = False
    for block in blocks:
        data = block
        while data:
            if inflate.eof:
                data = data.lstrip(b"\0")  # some writers pad to whole sectors
                if not data:
                    break
                inflate, started = zlib.decompressobj(_GZIP), False
            try:
                out = inflate.decompress(data, _AT_MOST)
            except zlib.error as error:
                message = f"the gzip data is damaged ({error})"
                raise BrokenFile(message) from None
            started = True
            if out:
                yield out
            data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if started and not inflate.eof:
        rest = inflate.flush()
        if rest:
            yield rest
        message = "the gzip data ends in the middle: the file is truncated"
        raise BrokenFile(message)
