"""Read a file in a separate process, because parsing takes a whole core and must not block the event loop."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, cast

import msgspec

from services.data_service.domain.files.read_chunk import ReadChunk, ReadOrder
from services.data_service.sources.frames import PIPE_BYTES, next_frame

_ROOT: Final = Path(__file__).parents[4]
_decode = msgspec.msgpack.Decoder(ReadChunk).decode


class ReaderDied(RuntimeError):
    """The reader ended before its last chunk; the message has the end of its standard error."""


@asynccontextmanager
async def chunks_of(order: ReadOrder) -> AsyncGenerator[AsyncGenerator[ReadChunk]]:
    """Start a reader and give an iterator of its chunks; leaving the context early stops the reader.

    Raises:
        ReaderDied: during the iteration, for example because the machine ran out of memory.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.data_service.domain.files.reader",
        cwd=_ROOT,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=PIPE_BYTES,
    )
    chunks = _chunks(process)
    try:
        await _tell(process, order)
        yield chunks
    finally:
        await chunks.aclose()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _tell(process: asyncio.subprocess.Process, order: ReadOrder) -> None:
    told = cast("asyncio.StreamWriter", process.stdin)
    told.write(msgspec.json.encode(order))
    # If the reader has already died, waiting for its first chunk reports it.
    with suppress(ConnectionError):
        await told.drain()
    told.close()


async def _chunks(process: asyncio.subprocess.Process) -> AsyncGenerator[ReadChunk]:
    out = cast("asyncio.StreamReader", process.stdout)
    errors = cast("asyncio.StreamReader", process.stderr)
    while True:
        try:
            chunk = _decode(await next_frame(out))
        except asyncio.IncompleteReadError:
            said = (await errors.read()).decode(errors="replace").strip()
            message = f"the reader ended with {await process.wait()}: {said[-500:]}"
            raise ReaderDied(message) from None
        yield chunk
        if chunk.is_last:
            return
