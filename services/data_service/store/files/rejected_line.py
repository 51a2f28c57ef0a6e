"""A rejected line of a file."""

import msgspec


class RejectedLine(msgspec.Struct, frozen=True, array_like=True):
    """The line's number from 1, the reason of the rejection, and its original cells, cut to a bounded length."""

    line: int
    reason: str
    original: list[str]
