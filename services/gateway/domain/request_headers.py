"""What of a request's headers goes on to a service, and what the gateway itself reads of them."""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from common.http.trace_headers import REQUEST_ID, TRACEPARENT
from services.gateway.errors import AmbiguousRequest

RawHeaders = list[tuple[bytes, bytes]]

# Between two neighbours only (RFC 9110, 7.6.1), set anew here, or answered here already.
_NOT_PASSED_ON: Final = frozenset(
    {
        b"connection",
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
_IDENTITY: Final = frozenset({b"authorization", b"x-tenant-id"})
_READ_HERE: Final = frozenset(
    {b"content-length", b"host", b"origin", b"traceparent", b"transfer-encoding", b"x-request-id"}
)
_TWO_LENGTHS: Final = "the length of the body is given twice"
_JUDGED: Final = _IDENTITY | {b"content-length", b"host"}
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


@dataclass(slots=True)
class SiftedHeaders:
    """The headers of one request. `passed_on` is what a service gets; lengths are in bytes.

    `identity` holds every value of Authorization and X-Tenant-Id as it came: requests with the same are judged alike.
    """

    passed_on: list[tuple[str, str]]
    request_id: str
    identity: tuple[tuple[bytes, bytes], ...] = ()
    origin: str | None = None
    content_length: int = 0
    is_chunked: bool = False

    @property
    def has_body(self) -> bool:
        """Does a body follow?"""
        return self.is_chunked or self.content_length > 0


def sift(headers: RawHeaders, *, scheme: str, client: str) -> SiftedHeaders:
    """Keep what a service may trust, and tell it the request id, the trace and where the request came from.

    Raises:
        AmbiguousRequest: two lengths, a length that is no number, or a name that some servers read as another.
    """
    sifted = SiftedHeaders([], "")
    named_away = _named_by_connection(headers)
    read_here: dict[bytes, bytes] = {}
    for header in headers:
        name, value = header
        if name in _IDENTITY:
            sifted.identity += (header,)
        elif name in _READ_HERE:
            if name in read_here and name == b"content-length":
                raise AmbiguousRequest(_TWO_LENGTHS)
            read_here[name] = value
        known_as = _name_behind(name)
        if known_as is not None and name not in named_away:
            sifted.passed_on.append((known_as, _text(value)))
    _read_body_length(sifted, read_here)
    if b"origin" in read_here:
        sifted.origin = read_here[b"origin"].decode("latin-1")
    request_id, traceparent = read_here.get(b"x-request-id", b""), read_here.get(b"traceparent", b"")
    # 16 bytes of request id, 16 of trace, 8 of span: one question to the system for all of them.
    fresh = os.urandom(40).hex()
    sifted.request_id = request_id.decode() if REQUEST_ID.fullmatch(request_id) else fresh[:32]
    trace = traceparent.decode() if TRACEPARENT.fullmatch(traceparent) else f"00-{fresh[32:64]}-{fresh[64:]}-01"
    sifted.passed_on += [
        ("x-request-id", sifted.request_id),
        ("traceparent", trace),
        ("x-forwarded-for", client),
        ("x-forwarded-proto", scheme),
        ("x-forwarded-host", read_here.get(b"host", b"").decode("latin-1")),
    ]
    return sifted


@lru_cache(maxsize=1024)
def _name_behind(name: bytes) -> str | None:
    """The name under which a header goes on, or None where it stays here."""
    # An underscore becomes a hyphen in some frameworks: x_tenant_id would be a second tenant header.
    if name in _NOT_PASSED_ON or b"_" in name or name.startswith(_CLAIMS):
        return None
    return name.decode("latin-1")


def _named_by_connection(headers: RawHeaders) -> frozenset[bytes]:
    """Headers that the caller means for this connection only; never those by which the request is judged."""
    for name, value in headers:
        if name == b"connection" and value.lower() not in (b"keep-alive", b"close"):
            return frozenset(option.strip() for option in value.lower().split(b",")) - _JUDGED
    return frozenset()


def _read_body_length(sifted: SiftedHeaders, read_here: dict[bytes, bytes]) -> None:
    length = read_here.get(b"content-length")
    sifted.is_chunked = b"transfer-encoding" in read_here
    if length is None:
        return
    if sifted.is_chunked:
        raise AmbiguousRequest(_TWO_LENGTHS)
    if not length.isdigit():
        raise AmbiguousRequest("Content-Length is not a number")
    sifted.content_length = int(length)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "header values are ASCII or UTF-8"
        raise AmbiguousRequest(message) from error
