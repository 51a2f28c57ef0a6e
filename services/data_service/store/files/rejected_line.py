"""A line of a file that is not taken."""

import msgspec


class RejectedLine(msgspec.Struct, frozen=True, array_like=True):
    """Its number from 1, why in plain words, and what it held, cut to a bounded length."""

    line: int
    reason: str
    original: list[str]
