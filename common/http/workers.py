"""Run a service's background workers, restart those that end by themselves, and report to the health routes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import uniform
from time import monotonic
from typing import Final

from loguru import logger
from prometheus_client import Counter

# A worker that has run for this long has recovered, and its earlier exits no longer count.
RECOVERED_SECONDS: Final = 30.0
# A worker that has not recovered for this long does not do its work, so the service is not ready.
DOWN_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 30.0
_MAX_DOUBLINGS = 5

RESTARTS = Counter("worker_restarts", "Times that a worker ended by itself and was started anew", ["service", "worker"])

Pause = Callable[[float], Awaitable[None]]


@dataclass
class _Worker:
    """The state of a worker: its exits in a row, the time of the first of them, and since when it runs, if it does."""

    exits: int = 0
    first_exit_at: float = 0.0
    running_since: float | None = None
    cause: str = ""

    def is_healthy(self, at: float) -> bool:
        return not self.exits or (self.running_since is not None and at - self.running_since >= RECOVERED_SECONDS)


@dataclass(frozen=True)
class FailingWorker:
    """A worker that ended by itself and has not recovered yet. `seconds` is the time since its first exit in a row."""

    name: str
    seconds: float
    exits: int
    cause: str

    @property
    def is_down(self) -> bool:
        """Return whether it has been failing for longer than DOWN_SECONDS."""
        return self.seconds > DOWN_SECONDS


class Workers:
    """The running workers of one service. Tests replace `clock` and `pause`."""

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
        """Run a worker until the service stops, and restart it whenever it ends before. `name` labels the metric.

        If it waits for its restart when the service stops, it is started one last time, because some workers then
        write what they still hold.
        """
        worker = self._workers[name] = _Worker()
        restarts = RESTARTS.labels(self._service, name)
        while True:
            worker.running_since = self._clock()
            error = await _run_to_end(run)
            if self._stopping.is_set():
                if error is not None:
                    logger.opt(exception=error).error("{} ended in the middle of it at the stop", name)
                return
            pause = self._note_exit(worker, error)
            logger.opt(exception=error).error("{} ended by itself, again in {:.1f} s", name, pause)
            await self._pause(pause)
            restarts.inc()

    def failing(self) -> list[FailingWorker]:
        """Return the workers that ended by themselves and have not recovered yet."""
        now = self._clock()
        return [
            FailingWorker(name, now - worker.first_exit_at, worker.exits, worker.cause)
            for name, worker in self._workers.items()
            if not worker.is_healthy(now)
        ]

    def _note_exit(self, worker: _Worker, error: BaseException | None) -> float:
        """Note that a worker ended, and return how many seconds to wait before its restart.

        The pause grows and is random, so that the worker and its replicas do not overload a server in trouble.
        """
        now = self._clock()
        if worker.is_healthy(now):
            worker.exits, worker.first_exit_at = 0, now
        longest = min(LONGEST_PAUSE_SECONDS, 2.0 ** min(worker.exits, _MAX_DOUBLINGS))
        worker.exits += 1
        worker.running_since = None
        worker.cause = "it returned" if error is None else type(error).__name__
        return uniform(longest / 2, longest)  # noqa: S311 -- no secret

    async def _until_stopped(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


async def _run_to_end(run: Callable[[], Awaitable[None]]) -> BaseException | None:
    """Run a worker until it ends, and return its exception, or None if it returned."""
    try:
        await run()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        # The worker itself was not cancelled, but something that it awaited.
        return error
    except Exception as error:  # noqa: BLE001 -- the worker is needed after any error
        return error
    return None
