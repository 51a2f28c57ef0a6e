"""The head of a request as it is forwarded to a service, and what the gateway itself reads from it."""

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
# A request line has three words; these characters in the target could end it early.
_UNSAFE_IN_TARGET: Final = re.compile(rb"[\x00-\x20\x7f-\xff]")

_read_cached = lru_cache(maxsize=2048)(read)


def forget_headers() -> None:
    """Clear the cache of parsed headers. They include credentials, which must not be kept longer than a verdict."""
    _read_cached.cache_clear()


@dataclass(slots=True)
class SiftedHeaders:
    """The headers of one request. `lines` are forwarded to the service; lengths are in bytes.

    `credentials` has every Authorization and X-API-Key header as sent, `tenants` every X-Tenant-Id: requests in which
    these are equal get the same verdict. `route` and `status` are for metrics: where the request went, and the status
    answered (0: the caller had left).
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
        """Whether a body follows."""
        return self.is_chunked or self.content_length > 0

    def single_lines(self) -> list[bytes]:
        """Return the forwarded headers as single lines, `name: value`."""
        return b"\r\n".join(self.lines).split(b"\r\n")

    def request_head(self, method: str, target: bytes) -> bytes:
        """Return the request as it is sent to a service, up to its body.

        Raises:
            TargetTooLong: the path and query are too long.
            AmbiguousRequest: the path or query could end the request line early.
        """
        if len(target) > _MAX_TARGET_BYTES:
            message = f"path and query may have at most {_MAX_TARGET_BYTES} bytes"
            raise TargetTooLong(message)
        if _UNSAFE_IN_TARGET.search(target):
            raise AmbiguousRequest("blanks and control characters in path and query must be encoded")
        return b"%b %b HTTP/1.1\r\n%b\r\n\r\n" % (method.encode("ascii"), target, b"\r\n".join(self.lines))


def sift(headers: RawHeaders, came_from: Origin, method: str = "POST") -> SiftedHeaders:
    """Keep the headers that a service may trust, and add the request id, the trace and the caller's address.

    Raises:
        AmbiguousRequest: two lengths, a length that is not a number, or a value that servers may read differently.
        HeadersTooLarge: more or longer lines than any known client sends.
    """
    # A client's GET requests mostly have the same headers. Its writes differ in Content-Length, so are not cached.
    parsed = _read_cached(tuple(headers)) if method == "GET" else read(headers)
    lines = parsed.lines.copy()
    request_id = _add_own_lines(lines, parsed, came_from)
    return SiftedHeaders(
        lines, request_id, parsed.credentials, parsed.tenants, parsed.origin, parsed.content_length, parsed.is_chunked
    )


def _add_own_lines(lines: list[bytes], parsed: ReadHeaders, came_from: Origin) -> str:
    """Add the lines for request id, trace and caller's address; return the request id."""
    request_id, trace = parsed.request_id, parsed.trace
    # 16 bytes for the request id, 16 for the trace, 8 for the span, in one system call.
    random_hex = os.urandom(40).hex().encode()
    if request_id is None or not REQUEST_ID.fullmatch(request_id):
        request_id = random_hex[:32]
    if trace is None or not TRACEPARENT.fullmatch(trace):
        trace = b"00-%b-%b-01" % (random_hex[32:64], random_hex[64:])
    if parsed.host is None:
        lines.append(b"host: gateway")
    host = came_from.host or parsed.host or b""
    lines.append(
        b"x-request-id: %b\r\ntraceparent: %b\r\nx-forwarded-for: %b\r\nx-forwarded-proto: %b\r\nx-forwarded-host: %b"
        % (request_id, trace, came_from.address.encode(), came_from.scheme.encode(), host)
    )
    return request_id.decode()
