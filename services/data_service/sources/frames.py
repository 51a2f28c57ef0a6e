"""Messages between the service and its readers' processes: 4 bytes of length, then the message."""

from asyncio import StreamReader
from typing import BinaryIO, Final

# Read in big pieces: at the usual 64 kB a message takes dozens of turns of the loop.
PIPE_BYTES: Final = 2 << 20
_LENGTH_BYTES: Final = 4


def framed(message: bytes) -> tuple[bytes, bytes]:
    """The pieces to write."""
    return len(message).to_bytes(_LENGTH_BYTES, "big"), message


def read_frame(stream: BinaryIO) -> bytes:
    """The next message; b"" at the end of the stream."""
    length = stream.read(_LENGTH_BYTES)
    return stream.read(int.from_bytes(length, "big")) if len(length) == _LENGTH_BYTES else b""


async def next_frame(stream: StreamReader) -> bytes:
    """The next message. Raises asyncio.IncompleteReadError: the other side has ended."""
    return await stream.readexactly(int.from_bytes(await stream.readexactly(_LENGTH_BYTES), "big"))
