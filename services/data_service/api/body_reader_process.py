"""Reading large bodies in a process of its own, so that the event loop and every other request need not wait."""

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

# About a hundred events: handing over less takes longer than reading it.
_SMALL_BYTES: Final = 32 << 10
# Enough to keep the process busy; bodies beyond wait where they are, without a second copy in the pipe.
_AT_ONCE: Final = 4
_CLOSE_SECONDS: Final = 5
_ROOT: Final = Path(__file__).parents[3]
_REFUSALS: Final[dict[str, type[Problem]]] = {
    kind.__name__: kind for kind in (EventsMalformed, TooManyEvents, BodyNotRead)
}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Reading).decode


class BodyReader:
    """Reads bodies; its process starts with the first large one, and again when it has died."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._answers: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Reading]] = {}
        self._numbers = itertools.count()
        self._starting = asyncio.Lock()
        self._places = asyncio.Semaphore(_AT_ONCE)

    @property
    def is_waiting(self) -> bool:
        """Whether a body has been handed over whose reading has not come yet."""
        return bool(self._waiting)

    async def read(self, order: BodyOrder) -> ReadBody:
        """Read one body.

        Raises:
            EventsMalformed, TooManyEvents: the whole body is refused.
            BodyNotRead: the process died over it, for example where the machine had no memory left.
        """
        if len(order.body) <= _SMALL_BYTES:
            return read_body(order)
        async with self._places:
            reading = await self._hand_over(order)
        if reading.read is None:
            raise _REFUSALS[reading.error](reading.detail)
        return reading.read

    async def close(self) -> None:
        """End the process once it has answered what it was given; one that does not answer is killed."""
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
            # It has just died, or there is no memory for the order, half of which it must not take for a whole one.
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
                # Nobody waits for it any more where the caller has left.
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
    """Kill it, unless it has ended."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
