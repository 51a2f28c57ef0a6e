"""The reader's process: `python -m services.data_service.domain.files.reader` writes the chunks that it is told to.

The order (a JSON `ReadOrder`) comes on its standard input: it may hold a secret, and arguments are seen by everybody.
Each chunk is a frame on its standard output, with a MessagePack `ReadChunk`. The pipe is the back pressure: the reader
is at most a chunk ahead, and dies with its parent, since writing to a closed pipe ends it.
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
    # Rows make no cycles: collecting them again and again took half the time.
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
