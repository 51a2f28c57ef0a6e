"""The headers of every answer, the gateway's or a service's: security headers, CORS and the request id."""

from functools import lru_cache
from typing import Final

RawHeaders = list[tuple[bytes, bytes]]

# Hop-by-hop headers, and those that the gateway or its server sets itself.
_NOT_PASSED_BACK: Final = frozenset(
    {
        b"connection",
        b"cross-origin-opener-policy",
        b"cross-origin-resource-policy",
        b"date",
        b"keep-alive",
        b"permissions-policy",
        b"proxy-authenticate",
        b"referrer-policy",
        b"server",
        b"strict-transport-security",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"x-content-type-options",
        b"x-frame-options",
        b"x-request-id",
    }
)
_CSP: Final = b"content-security-policy"
# Pages of services may have inline styles and post to their own origin; they may not load or frame anything else.
_STRICT_CSP: Final = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
    b" frame-ancestors 'none'"
)
_SECURITY: Final[RawHeaders] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # Frontends of other origins show images and files of the API; CORS decides which origins may read them.
    (b"cross-origin-resource-policy", b"cross-origin"),
]
_PREFLIGHT: Final[RawHeaders] = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, X-Request-Id, X-Tenant-Id",
    ),
    (b"access-control-max-age", b"600"),
]
_EXPOSED: Final = (
    b"Content-Disposition, ETag, Location, RateLimit, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining,"
    b" RateLimit-Reset, Retry-After, X-Data-Quality, X-Request-Id"
)


class AnswerHeaders:
    """The headers that are the same for every answer of this gateway.

    Args:
        cors_origins: origins whose pages may call from a browser; `*` means any.
        is_https: whether callers are told to use TLS only from now on (HSTS).
    """

    def __init__(self, cors_origins: list[str], *, is_https: bool) -> None:
        self._any_origin = "*" in cors_origins
        self._origins = frozenset(cors_origins)
        self._common = list(_SECURITY)
        if is_https:
            self._common.append((b"strict-transport-security", b"max-age=31536000"))
        self._common_and_csp = [*self._common, (_CSP, _STRICT_CSP)]

    def allows(self, origin: str) -> bool:
        """Return whether pages of this origin may call."""
        return self._any_origin or origin in self._origins

    def own(self, request_id: str, origin: str | None, *, csp: bytes = _STRICT_CSP) -> RawHeaders:
        """Return the headers for an answer that the gateway gives itself."""
        headers = [*self._common, (b"x-request-id", request_id.encode()), (_CSP, csp)]
        return headers if origin is None else headers + self._cors(origin)

    def passed_back(
        self, answer: RawHeaders, limit_headers: RawHeaders, request_id: str, origin: str | None
    ) -> RawHeaders:
        """Return the headers for a service's answer: its own end-to-end ones, the rate limits and the common ones."""
        passed = [header for header in answer if _is_passed_back(header[0])]
        has_csp = any(name == _CSP for name, _ in passed)
        common = self._common if has_csp else self._common_and_csp
        headers = [*common, (b"x-request-id", request_id.encode()), *limit_headers, *passed]
        return headers if origin is None else headers + self._cors(origin)

    def preflight(self, request_id: str, origin: str) -> RawHeaders:
        """Return the headers for a browser's CORS preflight request."""
        return self.own(request_id, origin) + (_PREFLIGHT if self.allows(origin) else [])

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


@lru_cache(maxsize=1024)
def _is_passed_back(name: bytes) -> bool:
    return name not in _NOT_PASSED_BACK and not name.startswith(b"access-control-")
