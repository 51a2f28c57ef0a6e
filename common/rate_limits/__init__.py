"""Storages for rate limits, in Redis or in this process, for the library `limits`.

`open_storage(settings)` returns a storage for the library's strategies (`MovingWindowRateLimiter(storage).hit(limit,
"whom")`, `FixedWindowRateLimiter`), with additional fixed windows whose places are taken and given back. Counters in
Redis (or Valkey) are shared by all processes with the same REDIS_URL. While Redis is down, each process counts for
itself, and logs that.
"""

from common.rate_limits.in_process import InProcess
from common.rate_limits.storage import Hit, LimitStorage
from common.settings import Settings

__all__ = ["Hit", "InProcess", "LimitStorage", "open_storage"]


def open_storage(settings: Settings) -> LimitStorage:
    """Return the storage of this process: Redis if REDIS_URL is set. It connects at its first use."""
    alone = InProcess()
    if not settings.redis_url:
        return alone
    # Imported only if it is used: the driver takes as much time and memory to load as the gateway's own code.
    from common.rate_limits.shared import Shared, redis_at  # noqa: PLC0415 -- see above

    return Shared(redis_at(settings.redis_url), alone)
