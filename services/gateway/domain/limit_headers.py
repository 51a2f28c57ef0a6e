"""How a caller is told what is left: the fields of the IETF's draft, and the three that clients have read for years.

`RateLimit` and `RateLimit-Policy` are structured fields (draft-ietf-httpapi-ratelimit-headers-10): `r` requests are
left of the policy named, and `t` seconds later the oldest one counted makes room. `RateLimit-Limit`, `-Remaining` and
`-Reset` (the same draft up to its version 7) say the same; what reads limits today mostly reads those.
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


def standing_headers(per_hour: int, per_second: int, left: int, seconds: int) -> RawHeaders:
    """For an answer to an account with `left` requests of `per_hour`, the next one coming back in `seconds`."""
    return [
        *_policy(per_hour, per_second),
        (b"ratelimit", b'"hour";r=%d;t=%d' % (left, seconds)),
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % seconds),
    ]


def hour_is_used_up(per_hour: int, per_second: int, seconds: int) -> TooManyRequests:
    """The refusal of an account that has had its hour's requests."""
    headers = standing_headers(per_hour, per_second, 0, seconds)
    told = {"Retry-After": str(seconds), **{name.decode(): value.decode() for name, value in headers}}
    return TooManyRequests(f"the tenant's plan allows {per_hour} requests an hour", headers=told)


def too_fast(per_second: int) -> TooManyRequests:
    """The refusal of an address that sends more in a second than anybody may."""
    headers = {
        "Retry-After": str(BURST_SECONDS),
        "RateLimit": f'"burst";r=0;t={BURST_SECONDS}',
        "RateLimit-Policy": f'"burst";q={per_second};w={BURST_SECONDS}',
        "RateLimit-Limit": str(per_second),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(BURST_SECONDS),
    }
    return TooManyRequests(f"one address may send {per_second} requests a second", headers=headers)
