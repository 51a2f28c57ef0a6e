"""What becomes of a background worker that ends by itself."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import REGISTRY

from common.http.context import ServiceContext
from common.http.workers import DOWN_SECONDS, LONGEST_PAUSE_SECONDS, RECOVERED_SECONDS, Workers
from common.testing.probe import Run, probe_spec


class _Bed:
    """Workers whose clock stands until a pause, which passes at once, or the test moves it."""

    def __init__(self) -> None:
        self.at = 0.0
        self.stopping = asyncio.Event()
        self.pauses: list[float] = []
        self.workers = Workers("insights", self.stopping, clock=lambda: self.at, pause=self._pause)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


class _Worker:
    """Ends at each start of which `ends` tells how, and from then on works until it is told to stop."""

    def __init__(self, bed: _Bed, *ends: BaseException | None, runs_for: float = 0.0) -> None:
        self._bed = bed
        self._ends = list(ends)
        self._runs_for = runs_for
        self.starts = 0
        self.works = asyncio.Event()

    async def run(self) -> None:
        self.starts += 1
        if self._ends:
            self._bed.at += self._runs_for
            end = self._ends.pop(0)
            if end is not None:
                raise end
            return
        self.works.set()
        await self._bed.stopping.wait()


async def _until_it_works(bed: _Bed, worker: _Worker, name: str = "worker") -> asyncio.Task[None]:
    task = asyncio.create_task(bed.workers.keep(name, worker.run))
    async with asyncio.timeout(30):
        await worker.works.wait()
    return task


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (RuntimeError("no more"), "RuntimeError"),
        (None, "it returned"),
        (asyncio.CancelledError(), "CancelledError"),  # of something that it waited for
    ],
)
async def test_a_worker_that_ended_by_itself_works_again(end: BaseException | None, cause: str) -> None:
    bed = _Bed()
    worker = _Worker(bed, end)
    before = REGISTRY.get_sample_value("worker_restarts_total", {"service": "insights", "worker": cause}) or 0

    task = await _until_it_works(bed, worker, cause)
    failing = bed.workers.failing()
    bed.at += RECOVERED_SECONDS + 1
    recovered = bed.workers.failing()
    bed.stopping.set()
    await task

    assert worker.starts == 2
    assert [(one.name, one.cause, one.exits, one.is_down) for one in failing] == [(cause, cause, 1, False)]
    assert recovered == []
    after = REGISTRY.get_sample_value("worker_restarts_total", {"service": "insights", "worker": cause})
    assert after == before + 1


async def test_pauses_grow_to_half_a_minute_and_are_never_the_same_for_all() -> None:
    bed = _Bed()

    task = await _until_it_works(bed, _Worker(bed, *(OSError() for _ in range(9))))
    bed.stopping.set()
    await task

    longest = [1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert [pause for pause, most in zip(bed.pauses, longest, strict=True) if not most / 2 <= pause <= most] == []
    assert len(set(bed.pauses)) == len(bed.pauses)
    assert max(longest) == LONGEST_PAUSE_SECONDS


async def test_a_worker_that_stood_in_between_falls_as_for_the_first_time() -> None:
    bed = _Bed()

    task = await _until_it_works(bed, _Worker(bed, *(OSError() for _ in range(5)), runs_for=RECOVERED_SECONDS + 1))
    failing = bed.workers.failing()
    bed.stopping.set()
    await task

    assert max(bed.pauses) <= 1
    assert [(one.exits, one.is_down) for one in failing] == [(1, False)]


async def test_a_worker_that_is_down_at_the_stop_writes_what_it_holds() -> None:
    bed = _Bed()
    stopping, seen = asyncio.Event(), list[bool]()
    paused = asyncio.Event()

    async def until_stopped(_: float) -> None:
        paused.set()
        await stopping.wait()

    async def run() -> None:
        seen.append(stopping.is_set())
        raise OSError

    workers = Workers("insights", stopping, clock=lambda: bed.at, pause=until_stopped)
    task = asyncio.create_task(workers.keep("worker", run))
    await paused.wait()
    stopping.set()
    async with asyncio.timeout(30):
        await task

    assert seen == [False, True]


@pytest.mark.parametrize("at", ["work", "a pause"])
async def test_a_worker_that_is_cancelled_stays_ended(at: str) -> None:
    bed = _Bed()
    there = asyncio.Event()

    async def forever(*_: object) -> None:
        there.set()
        await asyncio.Event().wait()

    async def fall() -> None:
        raise OSError

    run: Callable[[], Awaitable[None]] = forever if at == "work" else fall
    workers = Workers("insights", bed.stopping, clock=lambda: bed.at, pause=forever)
    task = asyncio.create_task(workers.keep("worker", run))
    await there.wait()
    task.cancel()
    _, late = await asyncio.wait({task}, timeout=30)

    assert not late
    assert task.cancelled()


async def test_a_service_whose_worker_stays_down_is_not_ready_until_it_stands(run: Run) -> None:
    bed = _Bed()
    may_fall, paused, mended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def pause(_: float) -> None:
        paused.set()
        await mended.wait()

    async def use_the_bed(context: ServiceContext) -> None:
        context.workers = Workers(context.name, context.stopping, clock=lambda: bed.at, pause=pause)

    works = asyncio.Event()

    async def keep_fresh(context: ServiceContext) -> None:
        if not mended.is_set():
            await may_fall.wait()
            message = "password=hunter22"
            raise RuntimeError(message)
        works.set()
        await context.stopping.wait()

    async with run(probe_spec(background=[keep_fresh], on_start=use_the_bed)) as (_, client):
        answers = [await client.get("/health/ready"), await client.get("/health/detailed")]
        may_fall.set()
        await paused.wait()
        answers += [await client.get("/health/ready"), await client.get("/health/detailed")]
        bed.at += DOWN_SECONDS + 1
        answers += [await client.get("/health/ready"), await client.get("/health/detailed")]
        mended.set()
        await works.wait()
        answers += [await client.get("/health/ready")]
        bed.at += RECOVERED_SECONDS + 1
        answers += [await client.get("/health/ready"), await client.get("/health/detailed")]
        metrics = (await client.get("/metrics")).text

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 503, 503, 503, 200, 200]
    told = "keep_fresh ended 1 times in {} s (RuntimeError)"
    parts = [answer.json()["checks"]["workers"] for answer in answers if "checks" in answer.json()]
    assert parts == [
        {"status": "healthy"},
        {"status": "degraded", "detail": told.format(0)},
        {"status": "unhealthy", "detail": told.format(61)},
        {"status": "healthy"},
    ]
    assert answers[4].json() == {"status": "unhealthy", "workers": ["keep_fresh"]}
    assert answers[7].json() == {"status": "healthy"}
    assert 'worker_restarts_total{service="insights",worker="keep_fresh"} 1.0' in metrics
    assert 'worker_restarts_total{service="insights",worker="relay"} 0.0' in metrics
