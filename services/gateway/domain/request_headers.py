"""What of a request's headers goes on to a service, and what the gateway itself reads of them."""

import re
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from services.gateway.errors import AmbiguousRequest

RawHeaders = list[tuple[bytes, bytes]]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
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
    """The headers of one request. `passed_on` is what a service gets; lengths are in bytes."""

    passed_on: list[tuple[str, str]]
    request_id: str
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
    traceparent = host = ""
    dropped = _named_by_connection(headers)
    lengths = 0
    for name, value in headers:
        if name == b"content-length":
            lengths += 1
            sifted.content_length = _length(value)
        elif name == b"transfer-encoding":
            sifted.is_chunked = True
        elif name == b"origin":
            sifted.origin = value.decode("latin-1")
        elif name == b"host":
            host = value.decode("latin-1")
        elif name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            sifted.request_id = value.decode()
        elif name == b"traceparent" and _TRACEPARENT.fullmatch(value):
            traceparent = value.decode()
        # An underscore becomes a hyphen in some frameworks: x_tenant_id would be a second tenant header.
        if name in dropped or b"_" in name or name.startswith(_CLAIMS):
            continue
        sifted.passed_on.append((name.decode("latin-1"), _text(value)))
    if lengths > 1 or (lengths and sifted.is_chunked):
        message = "the length of the body is given twice"
        raise AmbiguousRequest(message)
    sifted.request_id = sifted.request_id or uuid4().hex
    sifted.passed_on += [
        ("x-request-id", sifted.request_id),
        ("traceparent", traceparent or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"),
        ("x-forwarded-for", client),
        ("x-forwarded-proto", scheme),
        ("x-forwarded-host", host),
    ]
    return sifted


def _named_by_connection(headers: RawHeaders) -> frozenset[bytes]:
    for name, value in headers:
        if name == b"connection" and value.lower() not in (b"keep-alive", b"close"):
            named = {option.strip() for option in value.lower().split(b",")}
            # Dropping these by `Connection: authorization` would let a request pass unlike it was judged.
            return _NOT_PASSED_ON | (named - {b"authorization", b"x-tenant-id", b"content-length", b"host"})
    return _NOT_PASSED_ON


def _length(value: bytes) -> int:
    if not value.isdigit():
        message = "Content-Length is not a number"
        raise AmbiguousRequest(message)
    return int(value)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "header values are ASCII or UTF-8"
        raise AmbiguousRequest(message) from error
