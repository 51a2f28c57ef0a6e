import asyncio
import time
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from limits import parse
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from redis.asyncio import Redis

from common.rate_limits import InProcess, LimitStorage, open_storage, shared
from common.settings import Settings
from common.testing.redis_server import MISSING, PROGRAM, redis_server

needs_redis = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
HOUR = 3600


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture(params=["in process", "in redis"])
async def storage(request: pytest.FixtureRequest) -> AsyncGenerator[LimitStorage]:
    if request.param == "in process":
        yield open_storage(Settings(redis_url=""))
        return
    storage = open_storage(Settings(redis_url=request.getfixturevalue("redis_url")))
    yield storage
    await storage.aclose()


async def test_the_strategies_of_the_library_count_in_it(storage: LimitStorage):
    limit = parse("3/hour")
    for strategy in (MovingWindowRateLimiter(storage), FixedWindowRateLimiter(storage)):
        name = type(strategy).__name__
        assert [await strategy.hit(limit, name) for _ in range(4)] == [True, True, True, False]
        assert not await strategy.test(limit, name)
        assert await strategy.hit(limit, name, "another")
        assert (await strategy.get_window_stats(limit, name)).remaining == 0
        await strategy.clear(limit, name)
        assert await strategy.hit(limit, name)


async def test_a_place_that_is_given_back_is_anothers(storage: LimitStorage):
    assert [await storage.take_place("somebody", 2, HOUR) for _ in range(3)] == [True, True, False]
    await storage.give_back("somebody")
    assert [await storage.take_place("somebody", 2, HOUR) for _ in range(2)] == [True, False]


async def test_what_is_given_back_after_its_window_makes_no_further_place(storage: LimitStorage):
    assert await storage.take_place("somebody", 2, 1)
    await asyncio.sleep(await storage.get_expiry("somebody") - time.time() + 0.1)
    await storage.give_back("somebody")
    assert [await storage.take_place("somebody", 2, HOUR) for _ in range(3)] == [True, True, False]


async def test_of_many_who_want_places_at_once_who_is_refused_never_counts(storage: LimitStorage):
    counts: list[int] = []

    async def one() -> bool:
        taken = await storage.take_place("somebody", 10, HOUR)
        counts.append(await storage.get("somebody"))
        return taken

    assert sum(await asyncio.gather(*(one() for _ in range(100)))) == 10
    assert max(counts) == 10


async def test_a_fixed_window_ends_though_places_are_taken_in_it(storage: LimitStorage):
    assert await storage.take_place("somebody", 2, HOUR)
    assert await storage.take_place("somebody", 2, HOUR)
    assert HOUR - 60 < await storage.get_expiry("somebody") - time.time() <= HOUR


async def test_a_lower_limit_counts_what_was_let_through_under_the_higher(storage: LimitStorage):
    assert [await storage.acquire_entry("a", 5, HOUR) for _ in range(5)] == [True] * 5
    assert not await storage.acquire_entry("a", 3, HOUR)
    assert await storage.acquire_entry("a", 6, HOUR)


async def test_no_hour_holds_more_than_the_limit_wherever_it_begins():
    clock = Clock()
    storage = InProcess(clock)
    let_through: list[float] = []
    for _ in range(6 * HOUR // 10):
        clock.now += 10
        if await storage.acquire_entry("a", 100, HOUR):
            let_through.append(clock.now)
    assert len(let_through) >= 500
    for first, begun in enumerate(let_through):
        assert sum(begun <= later < begun + HOUR for later in let_through[first:]) <= 100


async def test_the_window_says_when_its_oldest_hit_leaves_it():
    clock = Clock()
    storage = InProcess(clock)
    await storage.acquire_entry("a", 2, HOUR)
    clock.now += 60
    await storage.acquire_entry("a", 2, HOUR)
    _, hits = await storage.get_moving_window("a", 2, HOUR)
    clock.now += HOUR - 60
    assert (hits, (await storage.get_moving_window("a", 2, HOUR))[1]) == (2, 1)
    assert await storage.acquire_entry("a", 2, HOUR)


async def test_memory_follows_what_the_last_window_let_through():
    clock = Clock()
    storage = InProcess(clock)
    for _ in range(50):
        clock.now += HOUR / 2
        for _ in range(1000):
            await storage.acquire_entry("a", 10_000, HOUR)
    assert len(storage._windows[HOUR]["a"].times) <= 4001
    for number in range(5000):
        clock.now += 1
        await storage.acquire_entry(f"passing by {number}", 5, 1)
    assert len(storage._windows[1]) <= 3


async def test_invented_names_push_out_the_oldest_and_not_the_process():
    storage = InProcess(max_keys=100)
    for number in range(1000):
        await storage.acquire_entry(str(number), 5, HOUR)
        await storage.incr(f"guesses/{number}", HOUR)
    assert len(storage._windows[HOUR]) == sum(map(len, storage._counters.values())) == 100
    assert await storage.get("guesses/999") == 1


async def test_names_under_one_limit_push_out_none_of_another():
    storage = InProcess(max_keys=10)
    await storage.incr("failed-by-account/victim", HOUR)
    for number in range(100):
        await storage.incr(f"failed-by-address/{number}", HOUR)
    assert await storage.get("failed-by-account/victim") == 1


async def test_a_hit_that_is_given_back_leaves_nothing_behind():
    storage = InProcess(max_keys=10)
    await storage.incr("guesses/victim", HOUR)
    for number in range(100):
        await storage.incr(f"guesses/{number}", HOUR)
        await storage.give_back(f"guesses/{number}")
        await storage.give_back(f"guesses/never {number}")
    assert await storage.get("guesses/victim") == 1
    assert sum(map(len, storage._counters.values())) == 1


async def test_a_hit_tells_what_is_left_and_when_there_is_more(storage: LimitStorage):
    first, second, third = [await storage.hit("a", 2, HOUR) for _ in range(3)]
    assert [first[:2], second[:2], third[:2]] == [(True, 1), (True, 0), (False, 0)]
    assert HOUR - 5 < third.seconds <= HOUR


async def test_no_hit_is_told_to_wait_longer_than_the_window():
    clock = Clock()
    clock.now = 12810.94386425361  # where adding the window and taking the time away rounds to more than the window
    assert (await InProcess(clock).hit("a", 2, HOUR)).seconds == HOUR


async def test_two_processes_with_one_redis_count_together(redis_url: str):
    first, second = (open_storage(Settings(redis_url=redis_url)) for _ in range(2))
    assert [await storage.acquire_entry("a", 2, HOUR) for storage in (first, second, first)] == [True, True, False]
    await first.aclose()
    await second.aclose()


@needs_redis
async def test_without_redis_each_counts_for_itself_until_it_is_back(held_port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shared, "ASK_REDIS_AGAIN_SECONDS", 0)
    storage = open_storage(Settings(redis_url=f"redis://127.0.0.1:{held_port}"))
    assert [await storage.acquire_entry("a", 2, HOUR) for _ in range(3)] == [True, True, False]
    assert not await storage.check()
    with redis_server(held_port):
        assert [await storage.acquire_entry("a", 1, HOUR) for _ in range(2)] == [True, False]
    assert not await storage.acquire_entry("a", 2, HOUR)
    await storage.aclose()


async def test_many_questions_at_once_are_all_answered_by_one_redis(redis_url: str):
    storage = open_storage(Settings(redis_url=redis_url))
    hits = await asyncio.gather(*(storage.hit("a", 100, HOUR) for _ in range(300)))
    await storage.aclose()
    assert sum(hit.taken for hit in hits) == 100


@needs_redis
async def test_a_redis_to_which_a_busy_process_connects_slowly_is_not_away():
    with redis_server() as url:
        storage, other = open_storage(Settings(redis_url=url)), open_storage(Settings(redis_url=url))
        hit = asyncio.create_task(storage.incr("a", HOUR))
        asyncio.get_running_loop().call_soon(time.sleep, 0.5)
        await hit
        assert await other.get("a") == 1
        await storage.aclose()
        await other.aclose()


@needs_redis
async def test_who_waits_for_a_redis_that_hangs_waits_no_longer_than_its_first_question():
    with redis_server() as url:
        storage = open_storage(Settings(redis_url=url))
        await storage.hit("a", 1000, HOUR)
        redis = Redis.from_url(url)
        await redis.client_pause(30_000)
        started = time.monotonic()
        await asyncio.gather(*(storage.hit("a", 1000, HOUR) for _ in range(1000)))
        assert time.monotonic() - started < 15
        await redis.aclose()
        await storage.aclose()
