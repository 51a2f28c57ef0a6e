"""A request's head as a service gets it, and what the gateway itself goes by."""

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from common.http.trace_headers import REQUEST_ID, TRACEPARENT
from common.problem import Problem
from services.gateway.domain.addresses import Origin
from services.gateway.domain.read_headers import RawIdentity, ReadHeaders, read
from services.gateway.errors import AmbiguousRequest, TargetTooLong

RawHeaders = list[tuple[bytes, bytes]]

_MAX_TARGET_BYTES: Final = 8 << 10
# A request line of three words: anything else in the target could end it early.
_UNSAFE_IN_TARGET: Final = re.compile(rb"[\x00-\x20\x7f-\xff]")

_read_before = lru_cache(maxsize=2048)(read)


def forget_headers() -> None:
    """Forget the headers that came, credentials among them: none is to be remembered for longer than a verdict."""
    _read_before.cache_clear()


@dataclass(slots=True)
class SiftedHeaders:
    """The headers of one request. `lines` is what a service gets; lengths are in bytes.

    `credentials` holds every Authorization and X-API-Key as it came, `tenants` every X-Tenant-Id: requests with the
    same are judged alike. `route` and `status` are what it is measured by: where it went, and what was answered (0:
    nobody was there any more).
    """

    lines: list[bytes]
    request_id: str
    credentials: RawIdentity = ()
    tenants: RawIdentity = ()
    origin: str | None = None
    content_length: int = 0
    is_chunked: bool = False
    refusal: Problem | None = None
    route: str = "unmatched"
    status: int = 0

    @property
    def has_body(self) -> bool:
        """Does a body follow?"""
        return self.is_chunked or self.content_length > 0

    def lines_alone(self) -> list[bytes]:
        """Each header's line, `name: value`."""
        return b"\r\n".join(self.lines).split(b"\r\n")

    def request_head(self, method: str, target: bytes) -> bytes:
        """The request as it goes to a service, up to its body.

        Raises:
            TargetTooLong, AmbiguousRequest: an address that is too long, or could end the request's first line.
        """
        if len(target) > _MAX_TARGET_BYTES:
            message = f"path and query take at most {_MAX_TARGET_BYTES} bytes"
            raise TargetTooLong(message)
        if _UNSAFE_IN_TARGET.search(target):
            raise AmbiguousRequest("blanks and control characters in an address are written encoded")
        return b"%b %b HTTP/1.1\r\n%b\r\n\r\n" % (method.encode("ascii"), target, b"\r\n".join(self.lines))


def sift(headers: RawHeaders, came_from: Origin, method: str = "POST") -> SiftedHeaders:
    """Keep what a service may trust, and tell it the request id, the trace and where the request came from.

    Raises:
        AmbiguousRequest: two lengths, a length that is no number, or a value that some servers read as another.
        HeadersTooLarge: more or longer lines than any client of ours sends.
    """
    # A client's reads mostly differ in their paths only; what it writes has a length of its own each time.
    known = _read_before(tuple(headers)) if method == "GET" else read(headers)
    lines = known.lines.copy()
    request_id = _own_lines(lines, known, came_from)
    return SiftedHeaders(
        lines, request_id, known.credentials, known.tenants, known.origin, known.content_length, known.is_chunked
    )


def _own_lines(lines: list[bytes], known: ReadHeaders, came_from: Origin) -> str:
    """Tell the service the request id, which is answered, the trace and the caller's place."""
    request_id, trace = known.request_id, known.trace
    # 16 bytes of request id, 16 of trace, 8 of span: one question to the system for all of them.
    fresh = os.urandom(40).hex().encode()
    if request_id is None or not REQUEST_ID.fullmatch(request_id):
        request_id = fresh[:32]
    if trace is None or not TRACEPARENT.fullmatch(trace):
        trace = b"00-%b-%b-01" % (fresh[32:64], fresh[64:])
    if known.host is None:
        lines.append(b"host: gateway")
    host = came_from.host or known.host or b""
    lines.append(
        b"x-request-id: %b\r\ntraceparent: %b\r\nx-forwarded-for: %b\r\nx-forwarded-proto: %b\r\nx-forwarded-host: %b"
        % (request_id, trace, came_from.address.encode(), came_from.scheme.encode(), host)
    )
    return request_id.decode()
