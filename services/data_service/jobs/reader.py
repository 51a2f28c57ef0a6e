"""The reader's process: `python -m services.data_service.jobs.reader ORDER` writes chunks to its standard output.

Each chunk is 4 bytes of length and a MessagePack `ReadChunk`. The pipe is the back pressure: the reader is at most a
chunk ahead, and dies with its parent, since writing to a closed pipe ends it.
"""

import gc
import sys

import msgspec

from services.data_service.domain.read_chunk import ReadOrder
from services.data_service.domain.read_file import read_file

LENGTH_BYTES = 4


def main() -> None:
    """Read the file that the first argument (a JSON `ReadOrder`) names."""
    order = msgspec.json.decode(sys.argv[1], type=ReadOrder)
    # Rows make no cycles: collecting them again and again took half the time.
    gc.disable()
    encode = msgspec.msgpack.Encoder().encode
    out = sys.stdout.buffer
    try:
        for chunk in read_file(order):
            frame = encode(chunk)
            out.write(len(frame).to_bytes(LENGTH_BYTES, "big"))
            out.write(frame)
            out.flush()
            gc.collect()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
