import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from common.db.outage import is_outage
from common.files import FilesAway, FileStore, files_of, place_of
from common.settings import Settings
from common.testing.s3 import S3Server, s3_server

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def in_folder(tmp_path: Path) -> Settings:
    return Settings(branchwise_home=tmp_path, environment="test")


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, in_folder: Settings, s3: S3Server) -> FileStore:
    settings = in_folder if request.param == "folder" else s3.settings(in_folder)
    # An area of the test's own: the bucket is everybody's.
    return files_of(settings, request.node.name.partition("[")[0])


async def stream(megabytes: int) -> AsyncIterator[bytes]:
    for number in range(megabytes):
        yield bytes([number]) * MEGABYTE


async def broken_stream() -> AsyncIterator[bytes]:
    async for block in stream(12):
        yield block
    message = "the sender left"
    raise ConnectionResetError(message)


async def test_what_was_put_is_read_whole_by_its_head_and_in_blocks(files: FileStore):
    await files.put("t/a", stream(12))
    whole = await files.read("t/a")
    assert whole == b"".join([block async for block in stream(12)])
    assert await files.head("t/a", 3) == b"\0\0\0"
    assert b"".join(files.blocks("t/a")) == whole
    with files.on_disk("t/a") as path:
        assert path.read_bytes() == whole


async def test_bytes_are_put_as_they_are_and_put_again_replaced(files: FileStore):
    await files.put("one", b"first")
    await files.put("one", b"second")
    assert await files.read("one") == b"second"


async def test_a_file_that_is_not_there_is_none_and_deleting_it_no_error(files: FileStore):
    assert await files.read("nothing") is None
    await files.put("something", b"x")
    for _ in range(2):
        await files.delete("something")
    assert await files.read("something") is None


async def test_an_upload_that_breaks_off_leaves_nothing_to_read(files: FileStore):
    with pytest.raises(ConnectionResetError):
        await files.put("broken", broken_stream())
    assert await files.read("broken") is None


async def test_old_files_are_told_from_new_ones_and_dropped(files: FileStore):
    await files.put("t/new", b"x")
    assert files.untouched_for(60) == []
    # A clock that goes a little apart from the server's is no reason to fail.
    old = files.untouched_for(-60)
    assert old == ["t/new"]
    files.drop(old[0])
    files.drop(old[0])
    assert files.untouched_for(-60) == []


async def test_in_a_folder_pieces_of_broken_uploads_are_found_too(in_folder: Settings):
    files = files_of(in_folder, "imports")
    piece = Path(files.place.folder) / "t" / "big#1"
    piece.parent.mkdir()
    piece.write_bytes(b"half")
    long_ago = time.time() - 3600
    os.utime(piece, (long_ago, long_ago))
    assert files.untouched_for(60) == ["t/big#1"]
    files.drop("t/big#1")
    assert not piece.exists()


async def test_files_and_folders_that_vanish_while_they_are_listed_are_left_out(
    in_folder: Settings, monkeypatch: pytest.MonkeyPatch
):
    files = files_of(in_folder, "imports")
    for name in ("a/leaves", "a/stays", "b/leaves"):
        await files.put(name, b"x")
    file, folder = (Path(files.place.folder) / name for name in ("a/leaves", "b"))
    stat, scandir = Path.stat, os.scandir

    def asked_too_late(path: Path, **options: Any) -> os.stat_result:
        if path == file:
            file.unlink()
        return stat(path, **options)

    def listed_too_late(path: str | Path) -> Any:
        if Path(path) == folder:
            (folder / "leaves").unlink()
            folder.rmdir()
        return scandir(path)

    monkeypatch.setattr(Path, "stat", asked_too_late)
    monkeypatch.setattr(os, "scandir", listed_too_late)
    assert files.untouched_for(-60) == ["a/stays"]


async def test_areas_of_a_bucket_are_apart(in_folder: Settings, s3: S3Server):
    settings = s3.settings(in_folder)
    await files_of(settings, "one-area").put("x", b"one")
    assert await files_of(settings, "other-area").read("x") is None
    assert "one-area/x" in s3.names()


async def test_a_bucket_that_is_away_is_an_outage_and_said_soon(in_folder: Settings, s3: S3Server, held_port: int):
    nowhere = s3.settings(in_folder).model_copy(update={"s3_endpoint": f"http://127.0.0.1:{held_port}"})
    files = files_of(nowhere, "imports")
    async with asyncio.timeout(20):
        for call in (files.put("x", b"x"), files.put("x", stream(12)), files.read("x"), files.delete("x")):
            with pytest.raises(FilesAway) as told:
                await call
            assert is_outage(told.value)


def test_a_buckets_secret_is_not_shown(in_folder: Settings, s3: S3Server):
    place = place_of(s3.settings(in_folder), "imports")
    assert place.bucket is not None
    assert place.bucket.secret_access_key
    assert place.bucket.secret_access_key not in f"{place} {place!r}"
