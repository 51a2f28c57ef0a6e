"""The body reader's process: `python -m services.data_service.api.body_reader` parses bodies from its standard input.

An order is a frame with a MessagePack `Heading`, followed by the body. The answer is a frame with a `Reading`, on
standard output. The process ends with its parent, which closes its input.
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
    """The heading of a body: the order's number, the body's length, and the tenant's location rule."""

    number: int
    body_bytes: int
    location_source: str | None


class Reading(msgspec.Struct, frozen=True):
    """The result of an order, or, if the whole body is refused, the name and the detail of the error."""

    number: int
    read: ReadBody | None = None
    error: str = ""
    detail: str = ""


def main() -> None:
    """Answer orders until the input ends."""
    # These signals reach the whole process group; this process must live until the service has its last answer.
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    # Rows contain no reference cycles, and the default threshold of 700 objects spent half the time looking for them.
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
        # The error's text is left out, because it may quote the body.
        sys.stderr.write("a body could not be read\n" + "".join(traceback.format_tb(sys.exc_info()[2])))
        return Reading(heading.number, error=BodyNotRead.__name__)


if __name__ == "__main__":
    main()
