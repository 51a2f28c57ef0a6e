"""A service's background workers: one that ends by itself is started anew, and health tells of one that stays down."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import uniform
from time import monotonic
from typing import Final

from loguru import logger
from prometheus_client import Counter

# One that has run for so long stands again, and what it did before is forgotten.
STANDS_SECONDS: Final = 30.0
# One that has not stood for so long does not do its work: the service is not ready.
DOWN_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 30.0
_MOST_DOUBLINGS = 5

RESTARTS = Counter("worker_restarts", "Times that a worker ended by itself and was started anew", ["service", "worker"])

Pause = Callable[[float], Awaitable[None]]


@dataclass
class _Worker:
    """How one fares: the falls in a row, when the first of them was, and since when it runs, if it does."""

    falls: int = 0
    fell_at: float = 0.0
    runs_since: float | None = None
    cause: str = ""

    def stands(self, at: float) -> bool:
        return not self.falls or (self.runs_since is not None and at - self.runs_since >= STANDS_SECONDS)


@dataclass(frozen=True)
class Fallen:
    """A worker that ended by itself and does not stand yet."""

    name: str
    seconds: float
    falls: int
    cause: str

    @property
    def is_down(self) -> bool:
        """For so long that it is to be taken for broken."""
        return self.seconds > DOWN_SECONDS


class Workers:
    """Those of one service at run time. `clock` and `pause` are other ones in tests."""

    def __init__(
        self,
        service: str,
        stopping: asyncio.Event,
        clock: Callable[[], float] = monotonic,
        pause: Pause | None = None,
    ) -> None:
        self._service = service
        self._stopping = stopping
        self._clock = clock
        self._pause = pause or self._until_stopped
        self._workers: dict[str, _Worker] = {}

    async def keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run a worker until the service stops, however often it ends before; the name is a label of the metric.

        Where it is down when the service stops it is started a last time: some write then what they hold.
        """
        worker = self._workers[name] = _Worker()
        restarts = RESTARTS.labels(self._service, name)
        while True:
            worker.runs_since = self._clock()
            error = await _ended(run)
            if self._stopping.is_set():
                if error is not None:
                    logger.opt(exception=error).error("{} ended in the middle of it at the stop", name)
                return
            pause = self._fell(worker, error)
            logger.opt(exception=error).error("{} ended by itself, again in {:.1f} s", name, pause)
            await self._pause(pause)
            restarts.inc()

    def fallen(self) -> list[Fallen]:
        """Those that do not stand now."""
        now = self._clock()
        return [
            Fallen(name, now - worker.fell_at, worker.falls, worker.cause)
            for name, worker in self._workers.items()
            if not worker.stands(now)
        ]

    def _fell(self, worker: _Worker, error: BaseException | None) -> float:
        """Note that it ended; how long to leave it, so that neither it nor its replicas beat on what is broken."""
        now = self._clock()
        if worker.stands(now):
            worker.falls, worker.fell_at = 0, now
        longest = min(LONGEST_PAUSE_SECONDS, 2.0 ** min(worker.falls, _MOST_DOUBLINGS))
        worker.falls += 1
        worker.runs_since = None
        worker.cause = "it returned" if error is None else type(error).__name__
        return uniform(longest / 2, longest)  # noqa: S311 -- no secret

    async def _until_stopped(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


async def _ended(run: Callable[[], Awaitable[None]]) -> BaseException | None:
    """Run it to its end; what it ended by, None where it returned."""
    try:
        await run()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        # Nobody cancelled it: something that it waited for was, and that came through.
        return error
    except Exception as error:  # noqa: BLE001 -- whatever it is, the worker is needed
        return error
    return None
