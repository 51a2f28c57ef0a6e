"""The file reader's process: `python -m services.data_service.domain.files.reader` reads one file as chunks.

The order, a JSON `ReadOrder`, comes on standard input: it may contain a secret, and command-line arguments are visible
to everybody on the machine. Each chunk is a frame on standard output with a MessagePack `ReadChunk`. The pipe gives
back pressure: the reader is at most one chunk ahead. It ends with its parent, since it stops at a closed pipe.
"""

import gc
import sys

import msgspec

from services.data_service.domain.files.read_chunk import ReadOrder
from services.data_service.domain.files.read_file import read_file
from services.data_service.sources.frames import framed


def main() -> None:
    """Read the file that the order names."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=ReadOrder)
    # Rows contain no reference cycles, and automatic collection took half the time.
    gc.disable()
    encode = msgspec.msgpack.Encoder().encode
    out = sys.stdout.buffer
    try:
        for chunk in read_file(order):
            out.writelines(framed(encode(chunk)))
            out.flush()
            gc.collect()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
