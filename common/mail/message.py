"""A message as it goes over the wire."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to be sent: `eight_bit` where the server says 8BITMIME, `seven_bit()` anywhere.

    `eight_bit` is None where a line is too long for it; `seven_bit` is worked out when it is asked for. `name` is
    unique and tells a person what it is: where messages are files, it names the file.
    """

    name: str
    sender: str
    recipient: str
    eight_bit: bytes | None
    seven_bit: Callable[[], bytes]
