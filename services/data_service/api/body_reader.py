"""The body reader's process: `python -m services.data_service.api.body_reader` answers orders on its standard input.

An order is a frame with a MessagePack `Heading`, and the body; an answer a frame with a `Reading`. It ends with its
parent, since then its input does.
"""

import gc
import signal
import sys
import traceback

import msgspec

from services.data_service.domain.events.read_body import BodyOrder, ReadBody, read_body
from services.data_service.errors import BodyNotRead, EventsMalformed, TooManyEvents
from services.data_service.sources.frames import framed, read_frame


class Heading(msgspec.Struct, frozen=True):
    """What stands before a body: the order's number, the body's length, and the tenant's location rule."""

    number: int
    body_bytes: int
    location_source: str | None


class Reading(msgspec.Struct, frozen=True):
    """What the order of that number gave, or why the whole body is refused: the error's name and what it says."""

    number: int
    read: ReadBody | None = None
    error: str = ""
    detail: str = ""


def main() -> None:
    """Answer orders until there are no more."""
    # They reach the whole group of processes; this one ends when the service has had its last answer.
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    # Rows make no cycles: looking for some after every 700 objects took half the time.
    gc.set_threshold(50_000, 20, 20)
    decode = msgspec.msgpack.Decoder(Heading).decode
    encode = msgspec.msgpack.Encoder().encode
    orders, out = sys.stdin.buffer, sys.stdout.buffer
    try:
        while heading_bytes := read_frame(orders):
            heading = decode(heading_bytes)
            out.writelines(framed(encode(_reading_of(heading, orders.read(heading.body_bytes)))))
            out.flush()
    except BrokenPipeError:
        sys.stderr.close()


def _reading_of(heading: Heading, body: bytes) -> Reading:
    try:
        return Reading(heading.number, read_body(BodyOrder(body, heading.location_source)))
    except (EventsMalformed, TooManyEvents) as error:
        return Reading(heading.number, error=type(error).__name__, detail=error.detail or "")
    except Exception:  # noqa: BLE001 -- one body must not end the reading of all others
        # Without its text, which may hold what the body said.
        sys.stderr.write("a body could not be read\n" + "".join(traceback.format_tb(sys.exc_info()[2])))
        return Reading(heading.number, error=BodyNotRead.__name__)


if __name__ == "__main__":
    main()
