"""The headers that tell a caller how many requests are left: those of the IETF draft, and the three older ones.

`RateLimit` and `RateLimit-Policy` are structured fields (draft-ietf-httpapi-ratelimit-headers-10): `r` requests are
left of the named policy, and in `t` seconds the oldest counted request expires. `RateLimit-Limit`, `-Remaining` and
`-Reset` (the same draft up to version 7) say the same; most of today's clients read these.
"""

from functools import lru_cache
from typing import Final

from services.gateway.errors import TooManyRequests

RawHeaders = list[tuple[bytes, bytes]]

HOUR_SECONDS: Final = 3600
BURST_SECONDS: Final = 1


@lru_cache(maxsize=64)
def _policy(per_hour: int, per_second: int) -> RawHeaders:
    policies = f'"hour";q={per_hour};w={HOUR_SECONDS}, "burst";q={per_second};w={BURST_SECONDS}'
    return [(b"ratelimit-policy", policies.encode()), (b"ratelimit-limit", str(per_hour).encode())]


def limit_headers(per_hour: int, per_second: int, left: int, seconds: int) -> RawHeaders:
    """Return the headers for a caller with `left` of `per_hour` requests, where the next is regained in `seconds`."""
    return [
        *_policy(per_hour, per_second),
        (b"ratelimit", b'"hour";r=%d;t=%d' % (left, seconds)),
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % seconds),
    ]


def hour_is_used_up(per_hour: int, per_second: int, seconds: int) -> TooManyRequests:
    """Return the refusal for an account that has used up its hour's requests."""
    headers = limit_headers(per_hour, per_second, 0, seconds)
    refusal_headers = {"Retry-After": str(seconds), **{name.decode(): value.decode() for name, value in headers}}
    return TooManyRequests(f"the tenant's plan allows {per_hour} requests an hour", headers=refusal_headers)


def too_fast(per_second: int) -> TooManyRequests:
    """Return the refusal for an address that sends too many requests per second."""
    headers = {
        "Retry-After": str(BURST_SECONDS),
        "RateLimit": f'"burst";r=0;t={BURST_SECONDS}',
        "RateLimit-Policy": f'"burst";q={per_second};w={BURST_SECONDS}',
        "RateLimit-Limit": str(per_second),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(BURST_SECONDS),
    }
    return TooManyRequests(f"one address may send {per_second} requests a second", headers=headers)
