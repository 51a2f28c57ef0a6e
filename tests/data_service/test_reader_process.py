"""The process that reads a file, when it writes more than anybody takes."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec
import pytest

from common.files import Place
from services.data_service.domain.csv_files.plan import ImportOptions
from services.data_service.domain.files.read_chunk import ReadChunk, ReadOrder
from services.data_service.domain.files.reader_process import ReaderDied, chunks_of
from services.data_service.sources.frames import PIPE_BYTES, framed
from tests.data_service.export_rows import ndjson, row

# More than the pipe and what is buffered on this side of it hold.
_NOISE_BYTES: Final = 4 * PIPE_BYTES
# Just more than is buffered on this side: the rest fits into the pipe, so that the write ends.
_AHEAD_BYTES: Final = 2 * PIPE_BYTES + (32 << 10)
_SECONDS: Final = 20


@pytest.fixture
def noisy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have every Python process write much to its standard error before anything else; a folder for files."""
    code = f"import sys\nsys.stderr.write('x' * {_NOISE_BYTES} + '\\n')\n"
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def order_of(folder: Path, path: str) -> ReadOrder:
    return ReadOrder(
        place=Place(str(folder)),
        path=path,
        kind="ga4-export",
        form="text",
        is_gzip=False,
        skip_lines=0,
        location_source=None,
        options=ImportOptions(),
        plan=None,
        country="US",
        zone="UTC",
        currency="USD",
        year=2026,
    )


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the reader write a chunk, and more than is buffered of the next; `ahead` is there once that has happened."""
    first = b"".join(framed(msgspec.msgpack.encode(ReadChunk(1, 1))))
    ahead = tmp_path / "ahead"
    code = (
        "import sys\n"
        f"sys.stdout.buffer.write({first!r} + b'x' * {_AHEAD_BYTES})\n"
        f"sys.stdout.flush()\nopen({str(ahead)!r}, 'w').close()\n"
    )
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


async def read(order: ReadOrder) -> list[ReadChunk]:
    async with asyncio.timeout(_SECONDS), chunks_of(order) as chunks:
        return [chunk async for chunk in chunks]


async def test_a_reader_that_says_much_reads_to_the_end(noisy: Path) -> None:
    (noisy / "export").write_bytes(ndjson([row(number=number) for number in range(3)]))

    chunks = await read(order_of(noisy, "export"))

    assert (chunks[-1].is_last, chunks[-1].problem, chunks[-1].lines_done) == (True, "", 3)


async def test_a_reader_that_is_ahead_is_left(hasty: Path) -> None:
    async with asyncio.timeout(_SECONDS), chunks_of(order_of(hasty, "export")) as chunks:
        assert (await anext(chunks)).lines_done == 1
        while not (hasty / "ahead").exists():
            await asyncio.sleep(0.01)


async def test_the_last_words_of_a_reader_that_died_are_told_and_not_all_of_them(noisy: Path) -> None:
    with pytest.raises(ReaderDied, match="FileNotFoundError") as died:
        await read(order_of(noisy, "gone"))

    assert "the reader ended with 1: " in str(died.value)
    assert len(str(died.value)) < 5_000
