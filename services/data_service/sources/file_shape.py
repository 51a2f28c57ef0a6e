"""What a file is, judged by its content and never by its name."""

import zlib
from typing import Final, NamedTuple

from services.data_service.sources import gunzip
from services.data_service.sources.broken_file import BrokenFile

HEAD_BYTES: Final = 256 << 10
PARQUET: Final = b"PAR1"
_FOREIGN: Final = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook: unpack it, or save the sheet as CSV"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"Obj\x01", "Avro data"),
)


class FileShape(NamedTuple):
    """`form` is `parquet` or `text`; `head` the beginning of the text, decompressed, as it stands."""

    form: str
    is_gzip: bool
    head: bytes


def shape_of(head: bytes) -> FileShape:
    """Judge a file by its first HEAD_BYTES bytes.

    Raises:
        BrokenFile: it is of a known kind that is not taken, or gzip data that cannot be opened.
    """
    if head.startswith(PARQUET):
        return FileShape("parquet", is_gzip=False, head=b"")
    is_gzip = head.startswith(gunzip.MAGIC)
    text = _opened(head) if is_gzip else head
    for magic, name in _FOREIGN:
        if text.startswith(magic):
            message = f"the file is {name}"
            raise BrokenFile(message)
    return FileShape("text", is_gzip=is_gzip, head=text)


def _opened(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(head, HEAD_BYTES)
    except zlib.error as error:
        message = f"the gzip data cannot be opened ({error})"
        raise BrokenFile(message) from None
