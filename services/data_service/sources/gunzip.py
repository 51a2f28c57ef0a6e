"""Decompressing gzip as it streams, in bounded memory, and no further where it is made to expand without end."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from services.data_service.sources.broken_file import BrokenFile

MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31
_AT_MOST: Final = 1 << 20
# Rows shrink to a tenth or, of the most repetitive exports, to a hundredth; what shrinks to less than that is made to
# fill memory, disks or hours.
_SURELY_FINE: Final = 1 << 30
_MOST_FOLD: Final = 250


def gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompressed blocks of at most 1 MB; members that follow one another are one file.

    Raises:
        BrokenFile: damaged, it ends in the middle, or it expands beyond all reason; what stands before was given out.
    """
    inflate = zlib.decompressobj(_GZIP)
    started = False
    taken = given = 0
    for block in blocks:
        taken += len(block)
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
                given += len(out)
                yield out
            if given > _SURELY_FINE and given > _MOST_FOLD * taken:
                message = f"the gzip data expands to more than {_MOST_FOLD} times its size: it is not read on"
                raise BrokenFile(message)
            data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if started and not inflate.eof:
        rest = inflate.flush()
        if rest:
            yield rest
        message = "the gzip data ends in the middle: the file is truncated"
        raise BrokenFile(message)
