"""Parse large bodies in a separate process, so that they do not block the event loop and other requests."""

import asyncio
import itertools
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

import msgspec
from loguru import logger

from common.problem import Problem
from services.data_service.api.body_reader import Heading, Reading
from services.data_service.domain.events.read_body import BodyOrder, ReadBody, read_body
from services.data_service.errors import BodyNotRead, EventsMalformed, TooManyEvents
from services.data_service.sources.frames import PIPE_BYTES, framed, next_frame

# About a hundred events. Handing a smaller body over takes longer than parsing it.
_SMALL_BYTES: Final = 32 << 10
# Enough to keep the process busy. Further bodies wait in memory without a second copy in the pipe.
_AT_ONCE: Final = 4
_CLOSE_SECONDS: Final = 5
_ROOT: Final = Path(__file__).parents[3]
_REFUSALS: Final[dict[str, type[Problem]]] = {
    kind.__name__: kind for kind in (EventsMalformed, TooManyEvents, BodyNotRead)
}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Reading).decode


class BodyReader:
    """Parses bodies. Its process is started for the first large body, and again after it has died."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._answers: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Reading]] = {}
        self._numbers = itertools.count()
        self._starting = asyncio.Lock()
        self._places = asyncio.Semaphore(_AT_ONCE)

    @property
    def is_waiting(self) -> bool:
        """Whether a body has been handed over and not yet answered."""
        return bool(self._waiting)

    async def read(self, order: BodyOrder) -> ReadBody:
        """Parse one body.

        Raises:
            EventsMalformed, TooManyEvents: the whole body is refused.
            BodyNotRead: the process died or failed on it, for example because the machine ran out of memory.
        """
        if len(order.body) <= _SMALL_BYTES:
            return read_body(order)
        async with self._places:
            reading = await self._hand_over(order)
        if reading.read is None:
            raise _REFUSALS[reading.error](reading.detail)
        return reading.read

    async def close(self) -> None:
        """Stop the process after its last answer; kill it if that takes more than a few seconds."""
        process, answers = self._process, self._answers
        if process is None or answers is None:
            return
        cast("asyncio.StreamWriter", process.stdin).close()
        await asyncio.wait([answers], timeout=_CLOSE_SECONDS)
        _kill(process)
        await answers
        await process.wait()

    async def _hand_over(self, order: BodyOrder) -> Reading:
        number = next(self._numbers)
        heading = _encode(Heading(number, len(order.body), order.location_source))
        async with self._starting:
            process = self._process or await self._start()
        try:
            orders = cast("asyncio.StreamWriter", process.stdin)
            orders.writelines((*framed(heading), order.body))
        except Exception as error:
            # The process has just died, or memory ran out. It must not take half an order for a complete one.
            _kill(process)
            raise BodyNotRead from error
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            return await answer
        finally:
            self._waiting.pop(number, None)

    async def _start(self) -> Process:
        command = (sys.executable, "-m", "services.data_service.api.body_reader")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=_ROOT, stdin=PIPE, stdout=PIPE, limit=PIPE_BYTES
            )
        except OSError as error:
            raise BodyNotRead from error
        self._answers = asyncio.create_task(self._take_answers(self._process))
        return self._process

    async def _take_answers(self, process: Process) -> None:
        out = cast("asyncio.StreamReader", process.stdout)
        try:
            while True:
                reading = _decode(await next_frame(out))
                answer = self._waiting.get(reading.number)
                # The caller may have disconnected in the meantime.
                if answer is not None and not answer.done():
                    answer.set_result(reading)
        except (asyncio.IncompleteReadError, msgspec.DecodeError) as error:
            if self._waiting:
                logger.error("the body reader ended over {} bodies: {}", len(self._waiting), error)
        finally:
            self._process = None
            _kill(process)
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(BodyNotRead())


def _kill(process: Process) -> None:
    """Kill the process unless it has ended."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
