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
_BLOCK_BYTES: Final = 64 << 10
# Of standard error: a traceback with what it says in the end.
_LAST_BYTES: Final = 4 << 10
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
    out = cast("asyncio.StreamReader", process.stdout)
    # Read from the start: a reader whose standard error is full would wait for ever with its next warning.
    last_words = asyncio.create_task(_last_bytes(cast("asyncio.StreamReader", process.stderr)))
    chunks = _chunks(process, out, last_words)
    try:
        await _tell(process, order)
        yield chunks
    finally:
        await chunks.aclose()
        if process.returncode is None:
            process.kill()
        # asyncio tells of a process's end only after its pipes' ends, and does not get to those of a full buffer.
        await _last_bytes(out)
        await asyncio.wait([last_words])
        await process.wait()


async def _tell(process: asyncio.subprocess.Process, order: ReadOrder) -> None:
    told = cast("asyncio.StreamWriter", process.stdin)
    told.write(msgspec.json.encode(order))
    # If the reader has already died, waiting for its first chunk reports it.
    with suppress(ConnectionError):
        await told.drain()
    told.close()


async def _last_bytes(stream: asyncio.StreamReader) -> bytes:
    """Read a pipe to its end, and keep what came last."""
    last = b""
    while block := await stream.read(_BLOCK_BYTES):
        last = (last + block)[-_LAST_BYTES:]
    return last


async def _chunks(
    process: asyncio.subprocess.Process, out: asyncio.StreamReader, last_words: asyncio.Task[bytes]
) -> AsyncGenerator[ReadChunk]:
    while True:
        try:
            chunk = _decode(await next_frame(out))
        except asyncio.IncompleteReadError:
            await asyncio.wait([last_words])
            said = last_words.result().decode(errors="replace").strip()
            message = f"the reader ended with {await process.wait()}: {said}"
            raise ReaderDied(message) from None
        yield chunk
        if chunk.is_last:
            return
