"""The keys and values of the answer cache: questions, answers, and the days that an answer depends on."""

import zlib
from collections.abc import Hashable
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from common.http.json import JsonAnswer

# Higher compression levels save a tenth more and take longer.
_LEVEL = 1


class Question(NamedTuple):
    """Everything that an answer depends on, except the rows.

    `call` is the route's path. `branches` are those that the caller is limited to (None: all), in order. `asked` are
    the parameters with every default filled in, as a plain value or a tuple of plain values, never a set.
    """

    tenant_id: UUID
    call: str
    branches: tuple[str, ...] | None
    asked: Hashable


class Span(NamedTuple):
    """A range of days of the tenant, including both ends."""

    first: date
    last: date


class Answer(NamedTuple):
    """An answer as JSON bytes, its weak ETag, and the header about the quality of its figures."""

    body: bytes
    etag: str
    quality: str = ""

    @classmethod
    def of(cls, content: Any, quality: str = "") -> "Answer":
        """Encode plain values as they are sent."""
        body = bytes(JsonAnswer(content).body)
        return cls(body, f'W/"{blake2b(body, digest_size=12).hexdigest()}"', quality)

    def packed(self) -> "Packed":
        """Compress the answer for keeping. Compressed rows of JSON take a quarter of the memory."""
        return Packed(zlib.compress(self.body, _LEVEL), self.etag, self.quality)


class Packed(NamedTuple):
    """An answer with a compressed body, which takes microseconds to decompress."""

    body: bytes
    etag: str
    quality: str

    def unpacked(self) -> Answer:
        """Decompress the answer for sending."""
        return Answer(zlib.decompress(self.body), self.etag, self.quality)
