"""Parses a request's headers: which may be forwarded to a service, and what the gateway itself reads."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from services.gateway.errors import AmbiguousRequest, HeadersTooLarge

RawIdentity = tuple[tuple[bytes, bytes], ...]

# Hop-by-hop headers (RFC 9110, 7.6.1), and those that the gateway sets or handles itself.
_NOT_FORWARDED: Final = frozenset(
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
# Prefixes of headers by which proxies tell services who the caller is or what was requested. Callers could forge them.
_FORGEABLE: Final = (
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
_ONLY_ONCE: Final = frozenset({b"content-length", b"host", b"transfer-encoding"})
_SECURITY_RELEVANT: Final = _CREDENTIALS | {_TENANT, b"content-length", b"host"}
_TWO_LENGTHS: Final = "the length of the body is given twice"
_MAX_LINES: Final = 100
_MAX_BYTES: Final = 32 << 10


class _Treatment(NamedTuple):
    """How a header is treated: the prefix of its forwarded line (None: not forwarded), and whether it is read here."""

    prefix: bytes | None
    is_read: bool


class ReadHeaders(NamedTuple):
    """The contents of a request's headers, without anything specific to one request; `lines` may be forwarded."""

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
    """Parse the headers.

    Raises:
        AmbiguousRequest: a service could read the headers differently.
        HeadersTooLarge: there are too many, or they are too long.
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
        prefix, is_read = _treatment(name)
        if prefix is not None:
            lines.append(prefix + value)
        if not is_read:
            continue
        if name in _CREDENTIALS:
            credentials += (header,)
        elif name == _TENANT:
            tenants += (header,)
        elif name in read_here and name in _ONLY_ONCE:
            raise AmbiguousRequest("Host is given twice" if name == b"host" else _TWO_LENGTHS)
        else:
            read_here[name] = read_here[name] + b"," + value if name in read_here else value
    _check_lines(lines, count, size)
    connection, origin = read_here.get(b"connection"), read_here.get(b"origin")
    if connection is not None and connection.lower() not in (b"keep-alive", b"close"):
        _drop_hop_by_hop(lines, connection)
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
    # Some frameworks turn an underscore into a hyphen: x_tenant_id would be a second tenant header.
    is_dropped = name in _NOT_FORWARDED or b"_" in name or name.startswith(_FORGEABLE)
    return _Treatment(None if is_dropped else name + b": ", name in _READ_HERE or name in _SECURITY_RELEVANT)


def _check_lines(lines: list[bytes], count: int, size: int) -> None:
    if count > _MAX_LINES or size > _MAX_BYTES:
        message = f"a request may have at most {_MAX_LINES} headers, of {_MAX_BYTES >> 10} kB in total"
        raise HeadersTooLarge(message)
    forwarded = b"".join(lines)
    if b"\n" in forwarded or b"\r" in forwarded or b"\0" in forwarded:
        raise AmbiguousRequest("a header's value must be one line")
    if forwarded.isascii():
        return
    try:
        forwarded.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "header values must be ASCII or UTF-8"
        raise AmbiguousRequest(message) from error


def _drop_hop_by_hop(lines: list[bytes], connection: bytes) -> None:
    """Remove the headers that `Connection` names, except those that the request is checked by."""
    options = {option.strip() for option in connection.lower().split(b",")}
    dropped = tuple(option + b": " for option in options - _SECURITY_RELEVANT if option)
    lines[:] = [line for line in lines if not line.startswith(dropped)]


def _body_length(lines: list[bytes], read_here: dict[bytes, bytes]) -> tuple[bool, int]:
    """Return whether the body is chunked, and else its length; append the same to the forwarded lines."""
    length, encoding = read_here.get(b"content-length"), read_here.get(b"transfer-encoding")
    if encoding is not None:
        if length is not None:
            raise AmbiguousRequest(_TWO_LENGTHS)
        if encoding.strip().lower() != b"chunked":
            raise AmbiguousRequest("the only transfer encoding supported is chunked")
        lines.append(b"transfer-encoding: chunked")
        return True, 0
    if length is None:
        return False, 0
    if not length.isdigit():
        raise AmbiguousRequest("Content-Length is not a number")
    lines.append(b"content-length: %d" % int(length))
    return False, int(length)
