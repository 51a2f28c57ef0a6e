"""Rate limits in Redis or Valkey, shared by all processes with the same REDIS_URL."""

import time
from asyncio import Semaphore
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar, cast

from limits.aio.storage import RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from loguru import logger
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from common.rate_limits.in_process import InProcess
from common.rate_limits.storage import Hit, LimitStorage

# Redis answers fast or not at all. Connecting is rare, and can seem slow while this process itself is busy.
_ANSWER_SECONDS: Final = 0.25
_CONNECT_SECONDS: Final = 2
# The maximum of concurrent requests, and so of connections; further requests wait here for their turn.
_AT_ONCE: Final = 32
ASK_REDIS_AGAIN_SECONDS: Final = 5

# This uses the library's list of times, newest first, and its rule. The library's own script counts a window by
# searching the list, which takes milliseconds if it is long. This one drops the hits that have left the window, so that
# the length of the list is the count.
_HIT: Final = """
local now, limit, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest = redis.call('lindex', KEYS[1], -1)
while oldest and tonumber(oldest) <= now - seconds do
    redis.call('rpop', KEYS[1])
    oldest = redis.call('lindex', KEYS[1], -1)
end
local count, taken = redis.call('llen', KEYS[1]), 0
if count < limit then
    redis.call('lpush', KEYS[1], ARGV[1])
    redis.call('expire', KEYS[1], seconds)
    count, taken = count + 1, 1
end
return {taken, count, redis.call('lindex', KEYS[1], -1)}
"""
# A fixed window has the library's format: a number that expires.
_TAKE_PLACE: Final = """
if tonumber(redis.call('get', KEYS[1]) or 0) >= tonumber(ARGV[1]) then
    return 0
end
if redis.call('incr', KEYS[1]) == 1 then
    redis.call('expire', KEYS[1], ARGV[2])
end
return 1
"""
_GIVE_BACK: Final = """
if tonumber(redis.call('get', KEYS[1]) or 0) > 1 then
    redis.call('decr', KEYS[1])
else
    redis.call('del', KEYS[1])
end
"""

Answer = TypeVar("Answer")


class Shared(LimitStorage):
    """A storage in Redis that falls back to this process while Redis is down."""

    def __init__(self, redis: RedisStorage, alone: InProcess) -> None:
        super().__init__()
        self._redis = redis
        self._alone = alone
        self._bridge = cast("RedispyBridge", redis.bridge)
        self._client = cast("Redis", self._bridge.get_connection())
        self._hit_script = self._client.register_script(_HIT)
        self._take_place_script = self._client.register_script(_TAKE_PLACE)
        self._give_back_script = self._client.register_script(_GIVE_BACK)
        self._turns = Semaphore(_AT_ONCE)
        self._is_away = False
        self._ask_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """The exceptions that Redis may raise; this storage handles them itself."""
        return self._redis.base_exceptions

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """As in process."""
        return await self._ask(lambda storage: storage.acquire_entry(key, limit, expiry, amount))

    async def take(self, key: str, limit: int, seconds: int) -> bool:
        """As in process."""
        return (await self.hit(key, limit, seconds)).taken

    async def hit(self, key: str, limit: int, seconds: int) -> Hit:
        """As in process, in one question to Redis."""
        return await self._ask(
            lambda storage: (
                storage.hit(key, limit, seconds) if isinstance(storage, InProcess) else self._hit(key, limit, seconds)
            )
        )

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """As in process."""
        return await self._ask(lambda storage: storage.get_moving_window(key, limit, expiry))

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """As in process."""
        return await self._ask(lambda storage: storage.incr(key, expiry, amount))

    async def take_place(self, key: str, places: int, seconds: int) -> bool:
        """As in process, in one question to Redis."""
        name = self._bridge.prefixed_key(key)
        return bool(
            await self._ask(
                lambda storage: (
                    storage.take_place(key, places, seconds)
                    if isinstance(storage, InProcess)
                    else self._take_place_script(keys=[name], args=[places, seconds])
                )
            )
        )

    async def give_back(self, key: str) -> None:
        """As in process."""
        name = self._bridge.prefixed_key(key)
        await self._ask(
            lambda storage: (
                storage.give_back(key) if isinstance(storage, InProcess) else self._give_back_script(keys=[name])
            )
        )

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
        await self._client.aclose()

    async def _hit(self, key: str, limit: int, seconds: int) -> Hit:
        now = time.time()
        name = self._bridge.prefixed_key(key)
        taken, count, oldest = await self._hit_script(keys=[name], args=[now, limit, seconds])
        return Hit(bool(taken), max(0, limit - count), float(oldest) - now + seconds)

    async def _ask(self, question: Callable[[RedisStorage | InProcess], Awaitable[Answer]]) -> Answer:
        # Waiting for a connection is not an outage. After the wait, an outage that others found applies here too.
        async with self._turns:
            return await self._ask_now(question)

    async def _ask_now(self, question: Callable[[RedisStorage | InProcess], Awaitable[Answer]]) -> Answer:
        if self._is_away:
            if monotonic() < self._ask_at:
                return await question(self._alone)
            # One request tries again; the others do not wait for an attempt that may fail.
            self._ask_at = monotonic() + ASK_REDIS_AGAIN_SECONDS
        try:
            answer = await question(self._redis)
        except (RedisError, OSError) as error:
            if not self._is_away:
                logger.warning("Redis is away, each process counts limits for itself: {}", error)
            self._is_away = True
            self._ask_at = monotonic() + ASK_REDIS_AGAIN_SECONDS
            return await question(self._alone)
        if self._is_away:
            logger.info("Redis counts the limits again")
            self._is_away = False
        return answer


def redis_at(url: str) -> RedisStorage:
    """The library's storage in the Redis or Valkey at this address; it connects when it is first asked."""
    scheme, _, place = url.partition("://")
    # One protocol under both names; the library would want a driver of its own for Valkey's.
    scheme = {"valkey": "redis", "valkeys": "rediss", "unix": "redis+unix"}.get(scheme, scheme)
    # The library hands on to the driver what it does not know; its types name plain values only.
    patience = {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _CONNECT_SECONDS}
    options = cast("dict[str, bool]", {**patience, "retry": Retry(NoBackoff(), 0)})
    return RedisStorage(f"async+{scheme}://{place}", implementation="redispy", key_prefix="branchwise", **options)
