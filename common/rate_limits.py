"""Counting what someone may do only so often: the storage of library `limits`, in Redis or in this process.

`open_storage(settings)` serves the library's strategies (`MovingWindowRateLimiter(storage).hit(limit, "whom")`,
`FixedWindowRateLimiter`), and `give_back` takes a hit of a fixed window back. Counts in Redis (or Valkey) are shared
by every process that has the same REDIS_URL; while it is away each process counts for itself, and says so.

The library's own storage in process sweeps over all keys while hits come, through a thread for each; this one looks
at the key that is hit. Its window is exact and takes 8 to 16 bytes for every hit of the last window.
"""

import time
from abc import ABC
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar, cast

from limits import RateLimitItem
from limits.aio.storage import MovingWindowSupport, RedisStorage, Storage
from limits.aio.storage.redis.redispy import RedispyBridge
from loguru import logger
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from common.settings import Settings

# Who invents names to be counted by pushes out the oldest, not the process.
MAX_KEYS = 200_000
_REDIS_SECONDS = 0.25
_ASK_REDIS_AGAIN_SECONDS = 5
_TRIM_FROM = 64

Answer = TypeVar("Answer")


class LimitStorage(Storage, MovingWindowSupport, ABC):
    """A storage for moving and fixed windows. Times are seconds since 1970."""

    STORAGE_SCHEME = None

    async def aclose(self) -> None:
        """Let go of connections."""


def open_storage(settings: Settings) -> LimitStorage:
    """Where this process counts: in Redis where REDIS_URL is set. It connects when it is first asked."""
    alone = InProcess()
    return Shared(_redis(settings.redis_url), alone) if settings.redis_url else alone


async def give_back(storage: LimitStorage, limit: RateLimitItem, *who: str) -> None:
    """Take back one hit of a fixed window, such as a guess that turned out right."""
    await storage.incr(limit.key_for(*who), limit.get_expiry(), amount=-1)


class _Counter:
    """The hits of one fixed window, which ends at a time of the monotonic clock."""

    __slots__ = ("count", "ends_at")

    def __init__(self, ends_at: float) -> None:
        self.count = 0
        self.ends_at = ends_at


class InProcess(LimitStorage):
    """Counts in this process's memory."""

    def __init__(self, clock: Callable[[], float] = monotonic, max_keys: int = MAX_KEYS) -> None:
        super().__init__()
        self._clock = clock
        self._max_keys = max_keys
        # By the window's length in seconds: so each is in the order in which its keys run out.
        self._windows: dict[int, OrderedDict[str, array[float]]] = {}
        self._counters: dict[int, OrderedDict[str, _Counter]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong: nothing that the library should know of."""
        return ValueError

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Whether `amount` more hits fit into the last `expiry` seconds; where they do they are counted."""
        if amount > limit:
            return False
        now = self._clock()
        windows = self._windows.get(expiry)
        if windows is None:
            windows = self._windows[expiry] = OrderedDict()
        hits = windows.get(key)
        if hits is None:
            self._make_room(windows, lambda hits: hits[-1] <= now - expiry)
            hits = windows[key] = array("d")
        else:
            place = limit - amount + 1
            if len(hits) >= place and hits[-place] > now - expiry:
                return False
            windows.move_to_end(key)
        hits.extend([now] * amount)
        if len(hits) >= _TRIM_FROM and hits[len(hits) // 2] <= now - expiry:
            del hits[: len(hits) // 2 + 1]
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest hit of the last `expiry` seconds was, and how many there were."""
        del limit
        now, today = self._clock(), time.time()
        hits = self._windows.get(expiry, {}).get(key)
        oldest = 0 if hits is None else bisect_right(hits, now - expiry)
        if hits is None or oldest == len(hits):
            return today, 0
        return today - (now - hits[oldest]), len(hits) - oldest

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a fixed window, which begins with its first hit; answers its count."""
        counters = self._counters.setdefault(expiry, OrderedDict())
        counter = self._counter(key)
        if counter is None:
            now = self._clock()
            counters.pop(key, None)
            self._make_room(counters, lambda counter: counter.ends_at <= now)
            counter = counters[key] = _Counter(now + expiry)
        counter.count = max(0, counter.count + amount)
        return counter.count

    async def get(self, key: str) -> int:
        """The count of a fixed window."""
        counter = self._counter(key)
        return 0 if counter is None else counter.count

    async def get_expiry(self, key: str) -> float:
        """When a fixed window ends."""
        counter = self._counter(key)
        return time.time() + (0 if counter is None else counter.ends_at - self._clock())

    async def check(self) -> bool:
        """Whether it can count."""
        return True

    async def clear(self, key: str) -> None:
        """Forget what was counted under a key."""
        for kept in (*self._windows.values(), *self._counters.values()):
            kept.pop(key, None)

    async def reset(self) -> int:
        """Forget everything; answers how many keys there were."""
        keys = sum(map(len, (*self._windows.values(), *self._counters.values())))
        self._windows.clear()
        self._counters.clear()
        return keys

    def _counter(self, key: str) -> _Counter | None:
        found = (counters[key] for counters in self._counters.values() if key in counters)
        counter = next(found, None)
        return counter if counter is not None and counter.ends_at > self._clock() else None

    def _make_room(self, kept: OrderedDict[str, Answer], is_over: Callable[[Answer], bool]) -> None:
        """Forget what has run out, two for each that comes, so that memory follows what is in use."""
        for _ in range(2):
            oldest = next(iter(kept), None)
            if oldest is None or not (len(kept) >= self._max_keys or is_over(kept[oldest])):
                return
            del kept[oldest]


class Shared(LimitStorage):
    """Counts in Redis; while that is away, in this process."""

    def __init__(self, redis: RedisStorage, alone: InProcess) -> None:
        super().__init__()
        self._redis = redis
        self._alone = alone
        self._is_away = False
        self._ask_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What Redis may raise; none of it comes out of here."""
        return self._redis.base_exceptions

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """As in process."""
        return await self._ask(lambda storage: storage.acquire_entry(key, limit, expiry, amount))

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """As in process."""
        return await self._ask(lambda storage: storage.get_moving_window(key, limit, expiry))

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """As in process."""
        return await self._ask(lambda storage: storage.incr(key, expiry, amount))

    async def get(self, key: str) -> int:
        """As in process."""
        return await self._ask(lambda storage: storage.get(key))

    async def get_expiry(self, key: str) -> float:
        """As in process."""
        return await self._ask(lambda storage: storage.get_expiry(key))

    async def check(self) -> bool:
        """Whether Redis answers."""
        return await self._redis.check()

    async def clear(self, key: str) -> None:
        """As in process."""
        await self._ask(lambda storage: storage.clear(key))

    async def reset(self) -> int | None:
        """As in process."""
        return await self._ask(lambda storage: storage.reset())

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await cast("Redis", cast("RedispyBridge", self._redis.bridge).get_connection()).aclose()

    async def _ask(self, question: Callable[[RedisStorage | InProcess], Awaitable[Answer]]) -> Answer:
        if self._is_away:
            if monotonic() < self._ask_at:
                return await question(self._alone)
            # One tries; the others need not wait for what may come to nothing.
            self._ask_at = monotonic() + _ASK_REDIS_AGAIN_SECONDS
        try:
            answer = await question(self._redis)
        except (RedisError, OSError) as error:
            if not self._is_away:
                logger.warning("Redis is away, each process counts limits for itself: {}", error)
            self._is_away = True
            self._ask_at = monotonic() + _ASK_REDIS_AGAIN_SECONDS
            return await question(self._alone)
        if self._is_away:
            logger.info("Redis counts the limits again")
            self._is_away = False
        return answer


def _redis(url: str) -> RedisStorage:
    scheme, _, place = url.partition("://")
    # One protocol under both names; the library would want a driver of its own for Valkey's.
    scheme = {"valkey": "redis", "valkeys": "rediss", "unix": "redis+unix"}.get(scheme, scheme)
    # The library hands on to the driver what it does not know; its types name plain values only.
    patience = {"socket_timeout": _REDIS_SECONDS, "socket_connect_timeout": _REDIS_SECONDS}
    options = cast("dict[str, bool]", {**patience, "retry": Retry(NoBackoff(), 0)})
    return RedisStorage(f"async+{scheme}://{place}", implementation="redispy", key_prefix="branchwise", **options)
