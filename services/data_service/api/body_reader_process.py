"""Reading large bodies in a process of its own, so that the event loop and every other request need not wait."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections import deque
from pathlib import Path
from typing import Final, cast

import msgspec
from loguru import logger

from common.problem import Problem
from services.data_service.api.body_reader import LENGTH_BYTES, Reading
from services.data_service.domain.read_body import BodyOrder, ReadBody, read_body
from services.data_service.errors import BodyNotRead, EventsMalformed, TooManyEvents

# About a hundred events: handing over less takes longer than reading it.
_SMALL_BYTES: Final = 32 << 10
_PIPE_BYTES: Final = 2 << 20
_ROOT: Final = Path(__file__).parents[3]
_REFUSALS: Final[dict[str, type[Problem]]] = {kind.__name__: kind for kind in (EventsMalformed, TooManyEvents)}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Reading).decode


class BodyReader:
    """Reads bodies; its process starts with the first large one, and again when it has died."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._waiting: deque[asyncio.Future[Reading]] = deque()
        self._answers: asyncio.Task[None] | None = None

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
        reading = await self._hand_over(order)
        if reading.read is None:
            raise _REFUSALS[reading.error](reading.detail)
        return reading.read

    async def close(self) -> None:
        """End the process, once it has answered what it was given."""
        if self._process is not None and self._answers is not None:
            cast("asyncio.StreamWriter", self._process.stdin).close()
            await self._answers

    async def _hand_over(self, order: BodyOrder) -> Reading:
        async with self._starting:
            process = self._process or await self._start()
        answer = asyncio.get_running_loop().create_future()
        frame = _encode(order)
        orders = cast("asyncio.StreamWriter", process.stdin)
        self._waiting.append(answer)
        orders.writelines((len(frame).to_bytes(LENGTH_BYTES, "big"), frame))
        return await answer

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.data_service.api.body_reader",
            cwd=_ROOT,
            stdin=PIPE,
            stdout=PIPE,
            limit=_PIPE_BYTES,
        )
        self._answers = asyncio.create_task(self._take_answers(self._process))
        return self._process

    async def _take_answers(self, process: asyncio.subprocess.Process) -> None:
        out = cast("asyncio.StreamReader", process.stdout)
        try:
            while True:
                length = int.from_bytes(await out.readexactly(LENGTH_BYTES), "big")
                answer = _decode(await out.readexactly(length))
                waiting = self._waiting.popleft()
                if not waiting.done():
                    waiting.set_result(answer)
        except asyncio.IncompleteReadError:
            code = await process.wait()
            if self._waiting:
                logger.error("the body reader ended with {} over {} bodies", code, len(self._waiting))
        finally:
            self._process = None
            abandoned, self._waiting = self._waiting, deque()
            for waiting in abandoned:
                if not waiting.done():
                    waiting.set_exception(BodyNotRead())
