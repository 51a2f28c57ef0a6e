"""What every answer carries, whoever gave it: security headers, CORS, the request id."""

from typing import Final

RawHeaders = list[tuple[bytes, bytes]]

# Between neighbours only, said by the gateway itself, or by its server.
_NOT_PASSED_BACK: Final = frozenset(
    {
        "connection",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "referrer-policy",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-content-type-options",
        "x-frame-options",
        "x-request-id",
    }
)
_CSP: Final = "content-security-policy"
# Pages of services may style themselves and post to themselves; nothing may load or frame anything else.
_STRICT_CSP: Final = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
    b" frame-ancestors 'none'"
)
_SECURITY: Final[RawHeaders] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
_PREFLIGHT: Final[RawHeaders] = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, X-Request-Id, X-Tenant-Id",
    ),
    (b"access-control-max-age", b"600"),
]
_EXPOSED: Final = b"Content-Disposition, ETag, Location, Retry-After, X-Request-Id"


class AnswerHeaders:
    """The headers that are the same for every answer of this gateway.

    Args:
        cors_origins: origins of browsers' pages that may call; `*` is any.
        is_https: are callers told to come by TLS only from now on?
    """

    def __init__(self, cors_origins: list[str], *, is_https: bool) -> None:
        self._any_origin = "*" in cors_origins
        self._origins = frozenset(cors_origins)
        self._common = list(_SECURITY)
        if is_https:
            self._common.append((b"strict-transport-security", b"max-age=31536000"))

    def own(self, request_id: str, origin: str | None, *, csp: bytes = _STRICT_CSP) -> RawHeaders:
        """For an answer that the gateway gives itself."""
        headers = [*self._common, (b"x-request-id", request_id.encode()), (_CSP.encode(), csp)]
        return headers if origin is None else headers + self._cors(origin)

    def passed_back(self, answer: list[tuple[str, str]], request_id: str, origin: str | None) -> RawHeaders:
        """For a service's answer: its own headers where they mean the caller, and the common ones."""
        headers = [*self._common, (b"x-request-id", request_id.encode())]
        has_csp = False
        for name, value in answer:
            if name in _NOT_PASSED_BACK or name.startswith("access-control-"):
                continue
            has_csp = has_csp or name == _CSP
            headers.append((name.encode(), value.encode()))
        if not has_csp:
            headers.append((_CSP.encode(), _STRICT_CSP))
        return headers if origin is None else headers + self._cors(origin)

    def preflight(self, request_id: str, origin: str | None) -> RawHeaders:
        """For a browser that asks whether its page may call."""
        allowed = origin is not None and (self._any_origin or origin in self._origins)
        return self.own(request_id, origin) + (_PREFLIGHT if allowed else [])

    def _cors(self, origin: str) -> RawHeaders:
        if self._any_origin:
            return [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]
        vary = (b"vary", b"Origin")
        if origin not in self._origins:
            return [vary]
        return [
            vary,
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", _EXPOSED),
        ]
