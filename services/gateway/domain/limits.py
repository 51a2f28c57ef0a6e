"""Rate limits: requests per second of an address, and per hour of an account or API key."""

import math

from common.rate_limits import LimitStorage
from services.gateway.domain.addresses import IPV6_NETWORK, wide_network
from services.gateway.domain.callers import Caller
from services.gateway.domain.limit_headers import (
    BURST_SECONDS,
    HOUR_SECONDS,
    RawHeaders,
    hour_is_used_up,
    limit_headers,
    too_fast,
)
from services.gateway.errors import TooManyRequests

# The limit of an IPv6 /48, as a multiple of the limit of one of its /64 networks.
_WIDE_FACTOR = 10


class Limits:
    """Counts each request before it is forwarded. The windows slide: no second and no hour has more than the limit."""

    def __init__(self, storage: LimitStorage, per_second: int) -> None:
        self._storage = storage
        self._per_second = per_second

    async def refusal_of_address(self, counted_as: str) -> TooManyRequests | None:
        """Count a request of an address, whether or not it is refused later; return a refusal if it sent too many."""
        if not await self._storage.take(counted_as, self._per_second, BURST_SECONDS):
            return too_fast(self._per_second)
        if counted_as.endswith(IPV6_NETWORK):
            wide_limit = self._per_second * _WIDE_FACTOR
            if not await self._storage.take(wide_network(counted_as), wide_limit, BURST_SECONDS):
                return too_fast(self._per_second)
        return None

    async def count_caller(self, caller: Caller) -> RawHeaders:
        """Count a request of an account or key, and return the headers that say how many are left.

        Raises:
            TooManyRequests: the plan's requests of the last hour are used up.
        """
        per_hour = caller.per_hour
        is_counted, left, seconds = await self._storage.hit(caller.counted_as, per_hour, HOUR_SECONDS)
        seconds_to_next = min(HOUR_SECONDS, max(1, math.ceil(seconds)))
        if not is_counted:
            raise hour_is_used_up(per_hour, self._per_second, seconds_to_next)
        return limit_headers(per_hour, self._per_second, left, seconds_to_next)
