"""Counting requests: by address in a second, by account or key in an hour."""

import math

from common.rate_limits import LimitStorage
from services.gateway.domain.addresses import IPV6_NETWORK, wide_network
from services.gateway.domain.callers import Caller
from services.gateway.domain.limit_headers import (
    BURST_SECONDS,
    HOUR_SECONDS,
    RawHeaders,
    hour_is_used_up,
    standing_headers,
    too_fast,
)
from services.gateway.errors import TooManyRequests

# What an IPv6 /48 may, as a multiple of what one of its networks may.
_WIDE = 10


class Limits:
    """Counts each request before it is passed on. The windows are exact: no second, no hour holds more."""

    def __init__(self, storage: LimitStorage, per_second: int) -> None:
        self._storage = storage
        self._per_second = per_second

    async def refusal_of_address(self, counted_as: str) -> TooManyRequests | None:
        """Count a request of an address, whatever becomes of it; the refusal where it sent too many in a second."""
        if not await self._storage.take(counted_as, self._per_second, BURST_SECONDS):
            return too_fast(self._per_second)
        if counted_as.endswith(IPV6_NETWORK):
            of_wide = self._per_second * _WIDE
            if not await self._storage.take(wide_network(counted_as), of_wide, BURST_SECONDS):
                return too_fast(self._per_second)
        return None

    async def count_caller(self, caller: Caller) -> RawHeaders:
        """Count a request of an account or key; gives the headers that tell what is left.

        Raises:
            TooManyRequests: it has had the plan's requests of the last hour.
        """
        per_hour = caller.per_hour
        taken, left, seconds = await self._storage.hit(caller.counted_as, per_hour, HOUR_SECONDS)
        back_in = min(HOUR_SECONDS, max(1, math.ceil(seconds)))
        if not taken:
            raise hour_is_used_up(per_hour, self._per_second, back_in)
        return standing_headers(per_hour, self._per_second, left, back_in)
