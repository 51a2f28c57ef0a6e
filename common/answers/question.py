"""What is asked, what is answered, and on which days the answer rests."""

import zlib
from collections.abc import Hashable
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from common.http.json import JsonAnswer

# More than the first level gains a tenth and takes longer.
_LEVEL = 1


class Question(NamedTuple):
    """Everything that an answer hangs on, besides the rows.

    `call` is the route's path, `branches` are those that the caller is held to (None: all), in order, and `asked` the
    parameters with every default filled in: a plain value or a tuple of plain values, never a set.
    """

    tenant_id: UUID
    call: str
    branches: tuple[str, ...] | None
    asked: Hashable


class Span(NamedTuple):
    """Days of the tenant, both ends included."""

    first: date
    last: date


class Answer(NamedTuple):
    """The bytes of an answer in JSON, its weak ETag, and what its header says of how good its figures are."""

    body: bytes
    etag: str
    quality: str = ""

    @classmethod
    def of(cls, content: Any, quality: str = "") -> "Answer":
        """Plain values as they are sent."""
        body = bytes(JsonAnswer(content).body)
        return cls(body, f'W/"{blake2b(body, digest_size=12).hexdigest()}"', quality)

    def packed(self) -> "Packed":
        """As it is kept: rows of JSON take a quarter of the room, which holds four times as many answers then."""
        return Packed(zlib.compress(self.body, _LEVEL), self.etag, self.quality)


class Packed(NamedTuple):
    """An answer with its body compressed; to unpack it takes microseconds."""

    body: bytes
    etag: str
    quality: str

    def unpacked(self) -> Answer:
        """As it is sent."""
        return Answer(zlib.decompress(self.body), self.etag, self.quality)
