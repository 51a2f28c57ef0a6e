"""Taking a request's headers apart: which may go on to a service, and what the gateway reads of them."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from services.gateway.errors import AmbiguousRequest, HeadersTooLarge

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


class _Treatment(NamedTuple):
    """What becomes of a header: how its line to the service begins, if it goes on, and whether it is read here."""

    line: bytes | None
    is_read: bool


class ReadHeaders(NamedTuple):
    """What stands in a request's headers, whoever sent it and whenever: `lines` may go on to a service."""

    lines: list[bytes]
    credentials: RawIdentity
    tenants: RawIdentity
    origin: str | None
    content_length: int
    is_chunked: bool
    host: bytes | None
    request_id: bytes | None
    trace: bytes | None


def read(headers: Iterable[tuple[bytes, bytes]]) -> ReadHeaders:
    """Take the headers apart, name by name.

    Raises:
        AmbiguousRequest, HeadersTooLarge: as they are named.
    """
    lines: list[bytes] = []
    read_here: dict[bytes, bytes] = {}
    credentials: RawIdentity = ()
    tenants: RawIdentity = ()
    count = size = 0
    for header in headers:
        name, value = header
        count += 1
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
    _check_whole(lines, count, size)
    connection, origin = read_here.get(b"connection"), read_here.get(b"origin")
    if connection is not None and connection.lower() not in (b"keep-alive", b"close"):
        _drop_named(lines, connection)
    is_chunked, content_length = _body_length(lines, read_here)
    return ReadHeaders(
        lines,
        credentials,
        tenants,
        None if origin is None else origin.decode("latin-1"),
        content_length,
        is_chunked,
        read_here.get(b"host"),
        read_here.get(b"x-request-id"),
        read_here.get(b"traceparent"),
    )


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
