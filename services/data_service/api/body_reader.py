"""The body reader's process: `python -m services.data_service.api.body_reader` answers orders on its standard input.

A frame is 4 bytes of length and MessagePack: a `BodyOrder` in, a `Reading` out, in the same order. It ends with its
parent, since then its input does.
"""

import gc
import signal
import sys
from typing import BinaryIO

import msgspec

from services.data_service.domain.read_body import BodyOrder, ReadBody, read_body
from services.data_service.errors import EventsMalformed, TooManyEvents

LENGTH_BYTES = 4


class Reading(msgspec.Struct, frozen=True):
    """What was read, or why the whole body is refused: the error's name and what it says."""

    read: ReadBody | None = None
    error: str = ""
    detail: str = ""


def reading_of(order: BodyOrder) -> Reading:
    """Read a body, its refusal included."""
    try:
        return Reading(read_body(order))
    except (EventsMalformed, TooManyEvents) as error:
        return Reading(error=type(error).__name__, detail=error.detail or "")


def main() -> None:
    """Answer orders until there are no more."""
    # Ctrl-C reaches the whole group of processes; this one ends when the service has answered its last request.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Rows make no cycles: looking for some after every 700 objects took half the time.
    gc.set_threshold(50_000, 20, 20)
    decode = msgspec.msgpack.Decoder(BodyOrder).decode
    encode = msgspec.msgpack.Encoder().encode
    orders, out = sys.stdin.buffer, sys.stdout.buffer
    try:
        while frame := _frame(orders):
            answer = encode(reading_of(decode(frame)))
            out.write(len(answer).to_bytes(LENGTH_BYTES, "big"))
            out.write(answer)
            out.flush()
    except BrokenPipeError:
        sys.stderr.close()


def _frame(orders: BinaryIO) -> bytes:
    length = orders.read(LENGTH_BYTES)
    return orders.read(int.from_bytes(length, "big")) if len(length) == LENGTH_BYTES else b""


if __name__ == "__main__":
    main()
