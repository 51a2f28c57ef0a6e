"""Counting what someone may do only so often: the storage of library `limits`, in Redis or in this process.

`open_storage(settings)` serves the library's strategies (`MovingWindowRateLimiter(storage).hit(limit, "whom")`,
`FixedWindowRateLimiter`), and `give_back` takes a hit of a fixed window back. Counts in Redis (or Valkey) are shared
by every process that has the same REDIS_URL; while it is away each process counts for itself, and says so.
"""

from limits import RateLimitItem

from common.rate_limits.in_process import InProcess
from common.rate_limits.storage import Hit, LimitStorage
from common.settings import Settings

__all__ = ["Hit", "InProcess", "LimitStorage", "give_back", "open_storage"]


def open_storage(settings: Settings) -> LimitStorage:
    """Where this process counts: in Redis where REDIS_URL is set. It connects when it is first asked."""
    alone = InProcess()
    if not settings.redis_url:
        return alone
    # The driver takes as long to load and as much memory as the gateway's own code: only where it is used.
    from common.rate_limits.shared import Shared, redis_at  # noqa: PLC0415 -- see above

    return Shared(redis_at(settings.redis_url), alone)


async def give_back(storage: LimitStorage, limit: RateLimitItem, *who: str) -> None:
    """Take back one hit of a fixed window, such as a guess that turned out right."""
    await storage.incr(limit.key_for(*who), limit.get_expiry(), amount=-1)
