"""Counting what someone may do only so often: the storage of library `limits`, in Redis or in this process.

`open_storage(settings)` serves the library's strategies (`MovingWindowRateLimiter(storage).hit(limit, "whom")`,
`FixedWindowRateLimiter`), and has places in fixed windows that are taken and given back. Counts in Redis (or Valkey)
are shared by every process that has the same REDIS_URL; while it is away each process counts for itself, and says so.
"""

from common.rate_limits.in_process import InProcess
from common.rate_limits.storage import Hit, LimitStorage
from common.settings import Settings

__all__ = ["Hit", "InProcess", "LimitStorage", "open_storage"]


def open_storage(settings: Settings) -> LimitStorage:
    """Where this process counts: in Redis where REDIS_URL is set. It connects when it is first asked."""
    alone = InProcess()
    if not settings.redis_url:
        return alone
    # The driver takes as long to load and as much memory as the gateway's own code: only where it is used.
    from common.rate_limits.shared import Shared, redis_at  # noqa: PLC0415 -- see above

    return Shared(redis_at(settings.redis_url), alone)
