"""Kept answers, in process and in Redis: given to the same question only, and never once a change was told."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from loguru import logger
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from common.answers import Answer, Answers, Question, Span, shared
from common.answers.answers import UNHEARD_SECONDS
from common.answers.changes import MOST_DAYS
from common.answers.in_process import InProcess
from common.answers.shared import Shared
from common.answers.store import Store
from common.embedded.nats import EmbeddedNats
from common.events.bus import Bus
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.envelope import subject_of
from common.events.fan_out import Heard, hear
from common.testing.redis_server import MISSING, PROGRAM, redis_server

needs_redis = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
ONE, TWO = UUID(int=1), UUID(int=2)
DAY = date(2024, 5, 1)
WEEK = Span(DAY, DAY + timedelta(days=6))
YES, NO = Answer.of("yes"), Answer.of("no")
LONG = 100


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture(params=["in process", "in redis"])
async def store(request: pytest.FixtureRequest) -> AsyncGenerator[Store]:
    if request.param == "in process":
        yield InProcess(1 << 20)
        return
    store = Shared(request.getfixturevalue("redis_url"))
    yield store
    await store.aclose()


def about(tenant_id: UUID = ONE, call: str = "/stats", branches: tuple[str, ...] | None = None, asked: Any = ()) -> Any:
    return Question(tenant_id, call, branches, asked)


def kept_bytes() -> float:
    return REGISTRY.get_sample_value("answer_cache_bytes") or 0


async def put(store: Store, question: Question, answer: Answer = YES, span: Span | None = WEEK) -> None:
    await store.put(question, answer, span, await store.mark(question.tenant_id))


async def changed(store: Store, tenant_id: UUID, *days: date | None) -> None:
    await store.changed(uuid4(), tenant_id, None if days == (None,) else [day for day in days if day])


async def test_an_answer_is_given_to_the_same_question_only(store: Store) -> None:
    asked = ((DAY, DAY), None)
    question = about(asked=asked)
    await put(store, question)
    assert await store.get(question, LONG) == YES
    others = [
        about(TWO, asked=asked), about(call="/other", asked=asked), about(branches=(), asked=asked),
        about(branches=("N",), asked=asked), about(asked=((DAY, DAY), "")), about(asked=((DAY, DAY), "None")),
        about(asked=((DAY, DAY + timedelta(days=1)), None)), about(asked=(DAY, DAY, None)),
        about(branches=("N", "S"), asked=asked), about(branches=("N', 'S",), asked=asked),
    ]  # fmt: skip
    assert [await store.get(other, LONG) for other in others] == [None] * len(others)
    await put(store, about(branches=("N", "S"), asked=asked), NO)
    assert await store.get(about(branches=("N', 'S",), asked=asked), LONG) is None
    assert await store.get(question, LONG) == YES


@pytest.mark.parametrize(
    ("days", "dated", "dateless"),
    [
        ([WEEK.first], False, False),
        ([WEEK.last, WEEK.last + timedelta(days=9)], False, False),
        ([WEEK.first - timedelta(days=1), WEEK.last + timedelta(days=1)], True, False),
        ([], True, False),
        ([None], False, False),
        ([WEEK.last + timedelta(days=place) for place in range(1, MOST_DAYS + 3)], False, False),
    ],
    ids=["first day", "last day", "days around", "no day", "anything", "too many days to be told apart"],
)
async def test_a_change_drops_what_rests_on_its_days(
    store: Store, days: list[date | None], *, dated: bool, dateless: bool
) -> None:
    for tenant_id in (ONE, TWO):
        await put(store, about(tenant_id))
        await put(store, about(tenant_id, "/locations"), span=None)
    await changed(store, ONE, *days)
    assert (
        await store.get(about(), LONG) is not None,
        await store.get(about(call="/locations"), LONG) is not None,
    ) == (
        dated,
        dateless,
    )
    assert await store.get(about(TWO), LONG) == await store.get(about(TWO, "/locations"), LONG) == YES
    await put(store, about(), NO)
    assert await store.get(about(), LONG) == NO


async def test_what_was_read_before_a_change_is_not_kept_after_it(store: Store) -> None:
    mark = await store.mark(ONE)
    await changed(store, ONE, DAY)
    await store.put(about(), YES, WEEK, mark)
    assert await store.get(about(), LONG) is None
    elsewhere = Span(WEEK.last + timedelta(days=1), WEEK.last + timedelta(days=2))
    await store.put(about(), YES, elsewhere, mark)
    assert await store.get(about(), LONG) == YES
    mark = await store.mark(ONE)
    await store.forget()
    await store.put(about(), YES, elsewhere, mark)
    assert await store.get(about(), LONG) is None


async def test_an_answer_that_is_too_old_is_not_given(store: Store) -> None:
    await put(store, about())
    assert await store.get(about(), LONG) == YES
    assert await store.get(about(), -1) is None


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_the_order_no_answer_outlives_a_change(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    tenants = [ONE, TWO]
    days = [DAY + timedelta(days=place) for place in range(6)]
    truth = {(tenant, day): 0 for tenant in tenants for day in days}
    reading: list[tuple[Question, Span | None, Any, Answer]] = []
    hits = 0

    def true_of(question: Question, span: Span | None) -> Answer:
        seen = [truth[question.tenant_id, day] for day in days if span is None or span.first <= day <= span.last]
        return Answer.of([str(question.tenant_id), question.branches, seen])

    for _ in range(1_500):
        tenant = chance.choice(tenants)
        first, last = sorted(chance.choices(days, k=2))
        span = chance.choice([None, Span(first, last), Span(first, first)])
        question = about(tenant, branches=chance.choice([None, (), ("N",)]), asked=span)
        match chance.choice(["ask", "ask", "ask", "read", "store", "change"]):
            case "ask":
                found = await store.get(question, LONG)
                hits += found is not None
                assert found in (None, true_of(question, span))
                if found is None:
                    await store.put(question, true_of(question, span), span, await store.mark(tenant))
            case "read":
                mark = await store.mark(tenant)
                reading.append((question, span, mark, true_of(question, span)))
            case "store" if reading:
                question, span, mark, answer = reading.pop(chance.randrange(len(reading)))
                await store.put(question, answer, span, mark)
            case "change" if chance.random() < 0.3:
                those = chance.sample(days, chance.choice([0, 1, 1, 2]))
                for day in those:
                    truth[tenant, day] += 1
                await store.changed(uuid4(), tenant, those)
            case _:
                pass
    assert hits > 200


async def test_the_least_recently_used_make_room() -> None:
    store = InProcess(100_000)
    big = Answer(random.Random(1).randbytes(10_000), "")
    for number in range(20):
        await put(store, about(asked=number), big)
        await store.get(about(asked=0), LONG)
    kept = [number for number in range(20) if await store.get(about(asked=number), LONG)]
    assert kept == [0, *range(20 - len(kept) + 1, 20)]
    assert 5 < len(kept) < 10
    await put(store, about(asked="huge"), Answer(random.Random(1).randbytes(50_000), ""))
    assert await store.get(about(asked="huge"), LONG) is None
    assert await store.get(about(asked=0), LONG) == big
    nothing = InProcess(0)
    await put(nothing, about())
    assert await nothing.get(about(), LONG) is None


async def test_answers_that_were_given_lie_unpacked_in_a_part_of_the_room_and_go_with_what_they_are_of() -> None:
    store, before = InProcess(100_000), kept_bytes()
    answers = [Answer(bytes([number]) * 4_000, "") for number in range(10)]
    for number, answer in enumerate(answers):
        await put(store, about(asked=number), answer)
    packed = kept_bytes() - before
    for number in (*range(10), *reversed(range(10))):
        assert await store.get(about(asked=number), LONG) == answers[number]
    assert kept_bytes() - before - packed == 12_000
    first, again = [await store.get(about(asked=0), LONG) for _ in range(2)]
    assert first is again
    await put(store, about(asked=0), NO)
    assert await store.get(about(asked=0), LONG) == NO
    await changed(store, ONE, None)
    assert [await store.get(about(asked=number), LONG) for number in range(10)] == [None] * 10
    assert kept_bytes() == before


class QuietBus:
    """A bus that can be told to be away."""

    def __init__(self) -> None:
        self.gaps = 0
        self.hears = True


async def test_while_the_bus_is_away_answers_age_and_once_it_is_back_they_go() -> None:
    clock, bus = Clock(), QuietBus()
    answers = Answers(InProcess(1 << 20, clock), cast("Bus", bus), {})
    for question in (about(), about(TWO)):
        await answers.keep(question, YES, WEEK, await answers.begin(question.tenant_id))
    clock.now += UNHEARD_SECONDS + 1
    assert await answers.find(about()) == YES
    bus.hears = False
    assert await answers.find(about()) is None
    mark = await answers.begin(ONE)
    bus.hears, bus.gaps = True, 1
    assert await answers.find(about(TWO)) is None
    await answers.keep(about(), YES, WEEK, mark)
    assert await answers.find(about()) is None


async def test_a_change_that_was_told_here_drops_nothing_more_when_it_comes_around() -> None:
    answers = Answers(InProcess(1 << 20), cast("Bus", QuietBus()), {DayRefreshed: lambda event: event.days})
    event = Heard(uuid4(), ONE, DayRefreshed(batch_ids=[], days=[str(DAY)]))
    await answers.keep(about(), NO, WEEK, await answers.begin(ONE))
    await answers.changed(event.id, ONE, event.data)
    assert await answers.find(about()) is None
    await answers.keep(about(), YES, WEEK, await answers.begin(ONE))
    await answers._on_event(event)
    assert await answers.find(about()) == YES
    await answers._on_event(event._replace(id=uuid4()))
    assert await answers.find(about()) is None


async def test_a_bus_that_was_away_says_so_and_tells_what_comes_after(tmp_path: Any) -> None:
    server = EmbeddedNats(tmp_path)
    server.start()
    try:
        bus = await Bus.connect_when_ready(server.url, name="test")
        heard: list[Heard | None] = []

        async def note(event: Heard | None) -> None:
            heard.append(event)

        await hear(bus, [DayRefreshed], note)
        assert (bus.hears, bus.gaps) == (True, 0)
        server.stop()
        await until(lambda: not bus.hears)
        assert bus.gaps == 0
        server.start()
        await until(lambda: bus.hears)
        assert bus.gaps == 1
        subject = subject_of(DayRefreshed.TYPE, ONE)
        event = {"id": TWO, "type": DayRefreshed.TYPE, "tenant_id": ONE, "occurred_at": "2024-05-01T00:00:00Z"}
        for data in ({"batch_ids": [], "days": ["2024-05-01"]}, {"days": 7}):
            await bus.client.publish(subject, msgspec.json.encode({**event, "data": data}))
        await until(lambda: len(heard) == 2)
        assert heard == [Heard(TWO, ONE, DayRefreshed(batch_ids=[], days=["2024-05-01"])), None]
        await bus.close()
    finally:
        server.stop()


async def test_what_one_process_keeps_another_gives_until_either_hears_of_a_change(redis_url: str) -> None:
    first, second = Shared(redis_url), Shared(redis_url)
    await put(first, about())
    assert await second.get(about(), LONG) == YES
    change_id = uuid4()
    await first.changed(change_id, ONE, [DAY])
    await put(first, about(), NO)
    await second.changed(change_id, ONE, [DAY])
    assert await second.get(about(), LONG) == NO
    await second.changed(uuid4(), ONE, None)
    assert await first.get(about(), LONG) is None
    for store in (first, second):
        await store.aclose()


async def test_where_redis_loses_what_changed_no_answer_of_before_is_given(redis_url: str) -> None:
    store = Shared(redis_url)
    mark: Any = await store.mark(ONE)
    await put(store, about())
    await Redis.from_url(redis_url).delete(f"branchwise:answers:changes:{ONE}")
    assert await store.get(about(), LONG) is None
    await put(store, about(call="/locations"))
    await store.put(about(), YES, WEEK, mark)
    assert await store.get(about(), LONG) is None
    assert await store.get(about(call="/locations"), LONG) == YES
    await store.aclose()


@needs_redis
async def test_without_redis_nothing_is_kept_and_what_changed_meanwhile_is_gone_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    listening = logger.add(lambda message: said.append(message.record["message"]), level="WARNING")
    with redis_server() as url:
        store, redis = Shared(url), Redis.from_url(url)
        for tenant_id in (ONE, TWO):
            await put(store, about(tenant_id))
        monkeypatch.setattr(shared, "ASK_REDIS_AGAIN_SECONDS", 0)
        await redis.client_pause(1_500)
        assert await store.mark(ONE) is None
        await changed(store, ONE, DAY)
        for _ in range(2):
            assert await store.get(about(), LONG) is None
        await redis.ping()
        assert await store.get(about(), LONG) is None
        assert await store.get(about(TWO), LONG) is None
        await put(store, about())
        assert await store.get(about(), LONG) == YES
        await redis.aclose()
        await store.aclose()
    logger.remove(listening)
    assert len(said) == 1


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)
