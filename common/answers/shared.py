"""Answers in Redis or Valkey, shared by every process that has the same REDIS_URL; while it is away none are kept.

Every answer is a hash that expires. What changed of a tenant is one sorted set: its days, each with the number of its
last change, and a random name with the number 0, the set's life. An answer carries the life and the number of when it
was read. Where the set is gone (dropped, evicted, expired) the next one has another life, and no answer of before
holds: nothing but whole keys is ever lost, so nothing is given that a lost change would have outdated.
"""

from asyncio import Semaphore
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date
from hashlib import blake2b
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar, cast
from uuid import UUID, uuid4

from loguru import logger
from redis.exceptions import RedisError

from common.answers.changes import MOST_DAYS
from common.answers.question import Answer, Packed, Question, Span
from common.answers.store import DROPS, KEEP_SECONDS, Store
from common.redis_client import redis_client

_PREFIX: Final = "branchwise:answers"
_AT_ONCE: Final = 32
ASK_REDIS_AGAIN_SECONDS: Final = 5
# Longer than any answer that was read before it: the longest query, and an answer's age.
_CHANGES_SECONDS: Final = 2 * KEEP_SECONDS

# Days are compared as texts. '' is a change that names no day: it concerns answers without days only.
_GET: Final = """
local kept = redis.call('hmget', KEYS[1], 'life', 'change', 'first', 'last', 'etag', 'body', 'quality')
if not kept[1] then
    return 0
end
local holds = redis.call('zrangebyscore', KEYS[2], 0, 0)[1] == kept[1]
if holds then
    for _, day in ipairs(redis.call('zrangebyscore', KEYS[2], '(' .. kept[2], '+inf')) do
        if kept[3] == '' or (day >= kept[3] and day <= kept[4]) then
            holds = false
            break
        end
    end
end
if not holds then
    redis.call('del', KEYS[1])
    return 1
end
if redis.call('pttl', KEYS[1]) < tonumber(ARGV[1]) then
    return 0
end
return {kept[5], kept[6], kept[7] or ''}
"""
_MARK: Final = """
if redis.call('exists', KEYS[1]) == 0 then
    redis.call('zadd', KEYS[1], 0, ARGV[2])
end
redis.call('pexpire', KEYS[1], ARGV[1])
return {redis.call('zrangebyscore', KEYS[1], 0, 0)[1], redis.call('zrevrange', KEYS[1], 0, 0, 'withscores')[2]}
"""
# Without a set there is no answer to outdate: whatever is kept is of an earlier life.
_CHANGED: Final = """
if not redis.call('set', KEYS[2], 1, 'nx', 'px', ARGV[1]) or redis.call('exists', KEYS[1]) == 0 then
    return 0
end
local change = redis.call('zrevrange', KEYS[1], 0, 0, 'withscores')[2] + 1
for place = 3, #ARGV do
    redis.call('zadd', KEYS[1], change, ARGV[place])
end
if #ARGV == 2 or redis.call('zcard', KEYS[1]) > tonumber(ARGV[2]) then
    redis.call('del', KEYS[1])
end
return 1
"""

_OUTDATED = DROPS.labels("changed")
Given = TypeVar("Given")


class _Mark(NamedTuple):
    life: bytes
    change: bytes


class Shared(Store):
    """Keeps answers in the Redis or Valkey at this address; it connects when it is first asked."""

    def __init__(self, url: str) -> None:
        self._client = redis_client(url)
        self._get_script = self._client.register_script(_GET)
        self._mark_script = self._client.register_script(_MARK)
        self._changed_script = self._client.register_script(_CHANGED)
        self._turns = Semaphore(_AT_ONCE)
        self._is_away = False
        self._ask_at = 0.0
        # Changes that Redis was not told of: before it answers again, all that it keeps must go.
        self._missed = 0
        self._made_up_for = 0

    async def get(self, question: Question, max_age: float) -> Answer | None:
        """As the interface says."""
        least_left = int((KEEP_SECONDS - max_age) * 1000)
        keys = [_key(question), _changes(question.tenant_id)]
        found: Any = await self._ask(lambda: self._get_script(keys=keys, args=[least_left]))
        if isinstance(found, list):
            etag, body, quality = cast("Sequence[bytes]", found)
            return Packed(body, etag.decode(), quality.decode()).unpacked()
        if found:
            _OUTDATED.inc()
        return None

    async def mark(self, tenant_id: UUID) -> _Mark | None:
        """As the interface says."""
        args = [_CHANGES_SECONDS * 1000, uuid4().hex]
        found: Any = await self._ask(lambda: self._mark_script(keys=[_changes(tenant_id)], args=args))
        return None if found is None else _Mark(*found)

    async def put(self, question: Question, answer: Answer, span: Span | None, mark: _Mark) -> None:
        """As the interface says."""
        first, last = ("", "") if span is None else (span.first.isoformat(), span.last.isoformat())
        days = {"first": first, "last": last}
        fields: dict[Any, Any] = {**mark._asdict(), **days, **answer.packed()._asdict()}
        key = _key(question)

        async def put() -> None:
            async with self._client.pipeline() as pipeline:
                pipeline.hset(key, mapping=fields)
                pipeline.expire(key, KEEP_SECONDS)
                await pipeline.execute()

        await self._ask(put)

    async def changed(self, change_id: UUID, tenant_id: UUID, days: Collection[date] | None) -> None:
        """As the interface says; of all processes that hear of it the first one notes it."""
        names = () if days is None else {day.isoformat() for day in days} or {""}
        keys = [_changes(tenant_id), f"{_PREFIX}:heard:{change_id}"]
        args = [_CHANGES_SECONDS * 1000, MOST_DAYS, *names]
        if await self._ask(lambda: self._changed_script(keys=keys, args=args)) is None:
            self._missed += 1

    async def forget(self) -> None:
        """As the interface says."""
        if await self._ask(self._forget) is None:
            self._missed += 1

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await self._client.aclose()

    async def _forget(self) -> bool:
        found = [key async for key in self._client.scan_iter(f"{_PREFIX}:changes:*", count=1_000)]
        if found:
            await self._client.unlink(*found)
        return True

    async def _ask(self, question: Callable[[], Awaitable[Given]]) -> Given | None:
        # To wait for a connection is no outage; and who has waited for one hears of an outage that others found.
        async with self._turns:
            if self._is_away and monotonic() < self._ask_at:
                return None
            try:
                await self._make_up()
                return await question()
            except (RedisError, OSError) as error:
                if not self._is_away:
                    logger.warning("Redis is away, no answers are kept: {}", error)
                self._is_away = True
                self._ask_at = monotonic() + ASK_REDIS_AGAIN_SECONDS
                return None

    async def _make_up(self) -> None:
        """Drop what may have changed while Redis was away, before it is asked anything again."""
        if not self._is_away:
            return
        # One tries; the others need not wait for what may come to nothing, and what they hear meanwhile is missed.
        self._ask_at = monotonic() + ASK_REDIS_AGAIN_SECONDS
        await self._client.ping()
        while self._made_up_for < self._missed:
            missed = self._missed
            await self._forget()
            self._made_up_for = missed
        self._is_away = False
        logger.info("Redis keeps answers again")


def _changes(tenant_id: UUID) -> str:
    return f"{_PREFIX}:changes:{tenant_id}"


def _key(question: Question) -> str:
    """A name for exactly this question; the texts in it stand in quotes, so that no two questions look the same."""
    return f"{_PREFIX}:{question.tenant_id}:{blake2b(repr(question).encode(), digest_size=24).hexdigest()}"
