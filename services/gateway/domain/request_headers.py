"""What of a request's headers goes on to a service, and what the gateway itself reads of them."""

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from common.http.trace_headers import REQUEST_ID, TRACEPARENT
from common.problem import Problem
from services.gateway.domain.addresses import Origin
from services.gateway.errors import AmbiguousRequest, HeadersTooLarge, TargetTooLong

RawHeaders = list[tuple[bytes, bytes]]
RawIdentity = tuple[tuple[bytes, bytes], ...]

# Between two neighbours only (RFC 9110, 7.6.1), set anew here, or answered here already.
_NOT_PASSED_ON: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"forwarded",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"traceparent",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"x-request-id",
    }
)
# Headers by which proxies tell services who calls or what was asked. From outside they are lies.
_CLAIMS: Final = (
    b"remote-",
    b"x-account",
    b"x-auth",
    b"x-branchwise",
    b"x-client-",
    b"x-forwarded",
    b"x-http-method",
    b"x-member",
    b"x-method-override",
    b"x-operator",
    b"x-original",
    b"x-permission",
    b"x-principal",
    b"x-real-ip",
    b"x-remote",
    b"x-rewrite",
    b"x-role",
    b"x-scope",
    b"x-user",
)
_CREDENTIALS: Final = frozenset({b"authorization", b"x-api-key"})
_TENANT: Final = b"x-tenant-id"
_READ_HERE: Final = frozenset(
    {b"connection", b"content-length", b"host", b"origin", b"traceparent", b"transfer-encoding", b"x-request-id"}
)
_ONCE: Final = frozenset({b"content-length", b"host", b"transfer-encoding"})
_JUDGED: Final = _CREDENTIALS | {_TENANT, b"content-length", b"host"}
_TWO_LENGTHS: Final = "the length of the body is given twice"
_MAX_LINES: Final = 100
_MAX_BYTES: Final = 32 << 10
_MAX_TARGET_BYTES: Final = 8 << 10
# A request line of three words: anything else in the target could end it early.
_UNSAFE_IN_TARGET: Final = re.compile(rb"[\x00-\x20\x7f-\xff]")


@dataclass(slots=True)
class SiftedHeaders:
    """The headers of one request. `lines` is what a service gets; lengths are in bytes.

    `credentials` holds every Authorization and X-API-Key as it came, `tenants` every X-Tenant-Id: requests with the
    same are judged alike.
    """

    lines: list[bytes]
    request_id: str
    credentials: RawIdentity = ()
    tenants: RawIdentity = ()
    origin: str | None = None
    content_length: int = 0
    is_chunked: bool = False
    refusal: Problem | None = None

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


class _Treatment(NamedTuple):
    """What becomes of a header: how its line to the service begins, if it goes on, and whether it is read here."""

    line: bytes | None
    is_read: bool


def sift(headers: RawHeaders, came_from: Origin) -> SiftedHeaders:
    """Keep what a service may trust, and tell it the request id, the trace and where the request came from.

    Raises:
        AmbiguousRequest: two lengths, a length that is no number, or a value that some servers read as another.
        HeadersTooLarge: more or longer lines than any client of ours sends.
    """
    lines: list[bytes] = []
    read_here: dict[bytes, bytes] = {}
    credentials: RawIdentity = ()
    tenants: RawIdentity = ()
    size = 0
    for header in headers:
        name, value = header
        size += len(name) + len(value)
        line, is_read = _treatment(name)
        if line is not None:
            lines.append(line + value)
        if not is_read:
            continue
        if name in _CREDENTIALS:
            credentials += (header,)
        elif name == _TENANT:
            tenants += (header,)
        elif name in read_here and name in _ONCE:
            raise AmbiguousRequest("Host is given twice" if name == b"host" else _TWO_LENGTHS)
        else:
            read_here[name] = read_here[name] + b"," + value if name in read_here else value
    _check_whole(lines, len(headers), size)
    connection = read_here.get(b"connection")
    if connection is not None and connection.lower() not in (b"keep-alive", b"close"):
        _drop_named(lines, connection)
    is_chunked, content_length = _body_length(lines, read_here)
    origin = read_here.get(b"origin")
    request_id = _own_lines(lines, read_here, came_from)
    return SiftedHeaders(
        lines,
        request_id,
        credentials,
        tenants,
        None if origin is None else origin.decode("latin-1"),
        content_length,
        is_chunked,
    )


def _own_lines(lines: list[bytes], read_here: dict[bytes, bytes], came_from: Origin) -> str:
    """Tell the service the request id, which is answered, the trace and the caller's place."""
    request_id, trace = read_here.get(b"x-request-id"), read_here.get(b"traceparent")
    # 16 bytes of request id, 16 of trace, 8 of span: one question to the system for all of them.
    fresh = os.urandom(40).hex().encode()
    if request_id is None or not REQUEST_ID.fullmatch(request_id):
        request_id = fresh[:32]
    if trace is None or not TRACEPARENT.fullmatch(trace):
        trace = b"00-%b-%b-01" % (fresh[32:64], fresh[64:])
    host = read_here.get(b"host")
    if host is None:
        lines.append(b"host: gateway")
    lines.append(
        b"x-request-id: %b\r\ntraceparent: %b\r\nx-forwarded-for: %b\r\nx-forwarded-proto: %b\r\nx-forwarded-host: %b"
        % (request_id, trace, came_from.address.encode(), came_from.scheme.encode(), came_from.host or host or b"")
    )
    return request_id.decode()


@lru_cache(maxsize=1024)
def _treatment(name: bytes) -> _Treatment:
    # An underscore becomes a hyphen in some frameworks: x_tenant_id would be a second tenant header.
    stays = name in _NOT_PASSED_ON or b"_" in name or name.startswith(_CLAIMS)
    return _Treatment(None if stays else name + b": ", name in _READ_HERE or name in _JUDGED)


def _check_whole(lines: list[bytes], count: int, size: int) -> None:
    if count > _MAX_LINES or size > _MAX_BYTES:
        message = f"at most {_MAX_LINES} headers of {_MAX_BYTES >> 10} kB together"
        raise HeadersTooLarge(message)
    passed_on = b"".join(lines)
    if b"\n" in passed_on or b"\r" in passed_on or b"\0" in passed_on:
        raise AmbiguousRequest("a header's value stands in one line")
    if passed_on.isascii():
        return
    try:
        passed_on.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "header values are ASCII or UTF-8"
        raise AmbiguousRequest(message) from error


def _drop_named(lines: list[bytes], connection: bytes) -> None:
    """Take out what the caller means for this connection only; never that by which the request is judged."""
    named = {option.strip() for option in connection.lower().split(b",")}
    dropped = tuple(option + b": " for option in named - _JUDGED if option)
    lines[:] = [line for line in lines if not line.startswith(dropped)]


def _body_length(lines: list[bytes], read_here: dict[bytes, bytes]) -> tuple[bool, int]:
    """Whether the body comes in chunks, and else how long it is; tells the service the same."""
    length, encoding = read_here.get(b"content-length"), read_here.get(b"transfer-encoding")
    if encoding is not None:
        if length is not None:
            raise AmbiguousRequest(_TWO_LENGTHS)
        if encoding.strip().lower() != b"chunked":
            raise AmbiguousRequest("of transfer encodings only chunked is taken")
        lines.append(b"transfer-encoding: chunked")
        return True, 0
    if length is None:
        return False, 0
    if not length.isdigit():
        raise AmbiguousRequest("Content-Length is not a number")
    lines.append(b"content-length: %d" % int(length))
    return False, int(length)
