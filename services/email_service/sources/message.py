"""A message as it goes over the wire."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to be sent; `eight_bit` where the server says 8BITMIME, `seven_bit` anywhere else.

    `name` is unique and tells a person what it is: where messages are files, it names the file.
    """

    name: str
    sender: str
    recipient: str
    eight_bit: bytes
    seven_bit: bytes
