"""Files of the system: in a folder of the home, or in a bucket where S3_BUCKET is set.

Each kind of file has an area of its own: `files_of(settings, "imports")`. Files are written as they stream in and read
block by block, never held whole unless the caller asks for that.
"""

import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import msgspec
import obstore
from obstore.exceptions import GenericError
from obstore.store import LocalStore, S3Store

if TYPE_CHECKING:
    # The processes that read a file start with each import, and take a third of the time without it.
    from common.settings import Settings

_PART_BYTES: Final = 5 << 20  # S3 takes no smaller part but the last
_BLOCK_BYTES: Final = 1 << 20
_DEFAULT_REGION: Final = "us-east-1"
# A person waits for an upload: a bucket that does not answer is told of soon.
_RETRIES: Final = 3
_MOST_SECONDS: Final = timedelta(seconds=15)
_CONNECT_SECONDS: Final = timedelta(seconds=3)


class FilesAway(ConnectionError):
    """The bucket does not answer, or with a fault of its own: an outage, so that what was tried may be tried again."""


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket of S3, or of a server at `endpoint` that speaks like it.

    Without an access key the credentials are those of the machine: environment, profile or instance role.
    """

    name: str
    region: str
    endpoint: str
    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"Bucket({self.name!r})"


class Place(msgspec.Struct, frozen=True):
    """Where an area's files lie: under a folder, or under that prefix of a bucket.

    It may be told to a process of ours, by a pipe: a bucket's secret stands in it.
    """

    folder: str
    bucket: Bucket | None = None


def place_of(settings: "Settings", area: str) -> Place:
    """The place of an area, such as `imports`."""
    if not settings.s3_bucket:
        return Place(str(settings.home / "files" / area))
    bucket = Bucket(
        name=settings.s3_bucket,
        region=settings.s3_region or _DEFAULT_REGION,
        endpoint=settings.s3_endpoint,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )
    return Place(area, bucket)


def files_of(settings: "Settings", area: str) -> "FileStore":
    """The files of an area."""
    return FileStore(place_of(settings, area))


class FileStore:
    """The files of one place. Names are relative paths with `/`, chosen by us and never by a caller.

    Each call raises FilesAway where a bucket does not answer.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._folder = None if place.bucket else Path(place.folder)
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        self._store = _in_bucket(place.bucket, place.folder) if place.bucket else LocalStore(place.folder)

    async def put(self, name: str, content: bytes | AsyncIterator[bytes]) -> None:
        """Write a file, from a stream too; it appears whole or not at all."""
        with self._outages_told():
            # Parts one after the other: memory stays at a few of them, however fast the sender is.
            await obstore.put_async(self._store, name, content, chunk_size=_PART_BYTES, max_concurrency=2)

    async def read(self, name: str) -> bytes | None:
        """All of a small file; None where there is none."""
        with self._outages_told(), suppress(FileNotFoundError):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())
        return None

    async def is_there(self, name: str) -> bool:
        """Whether there is such a file."""
        with self._outages_told(), suppress(FileNotFoundError):
            await obstore.head_async(self._store, name)
            return True
        return False

    async def head(self, name: str, length: int) -> bytes:
        """The first bytes of a file that has some."""
        with self._outages_told():
            return bytes(await obstore.get_range_async(self._store, name, start=0, length=length))

    async def delete(self, name: str) -> None:
        """Drop a file; one that is gone already is no error."""
        with self._outages_told(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, name)

    def blocks(self, name: str) -> Iterator[bytes]:
        """The file's bytes in order, in blocks of about 1 MB; for a reader with a process of its own."""
        with self._outages_told():
            for block in obstore.get(self._store, name).stream(min_chunk_size=_BLOCK_BYTES):
                yield bytes(block)

    @contextmanager
    def on_disk(self, name: str) -> Generator[Path]:
        """The file as one that can be opened by its path: itself, or of a bucket a copy for as long as this lasts."""
        if self._folder is not None:
            yield self._folder / name
            return
        with TemporaryDirectory(prefix="branchwise-") as folder:
            copy = Path(folder) / "file"
            with copy.open("wb") as target:
                for block in self.blocks(name):
                    target.write(block)
            yield copy

    def untouched_for(self, seconds: float) -> list[str]:
        """Names of what nobody has written to for so long; in a folder pieces of broken uploads (`NAME#1`) too.

        A bucket shows no such pieces: its lifecycle rule `AbortIncompleteMultipartUpload` drops those of a process
        that died; an upload that ends with an error drops its own.
        """
        before = time.time() - seconds
        if self._folder is None:
            with self._outages_told():
                pages = obstore.list(self._store)
                return [one["path"] for page in pages for one in page if one["last_modified"].timestamp() < before]
        found = (path for path in self._folder.rglob("*") if path.is_file() and path.stat().st_mtime < before)
        return [path.relative_to(self._folder).as_posix() for path in found]

    def drop(self, name: str) -> None:
        """Drop what `untouched_for` named; obstore itself knows whole files only."""
        if self._folder is not None:
            (self._folder / name).unlink(missing_ok=True)
            return
        with self._outages_told(), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    @contextmanager
    def _outages_told(self) -> Generator[None]:
        try:
            yield
        except GenericError as error:
            if self.place.bucket is None:
                raise
            message = f"the bucket {self.place.bucket.name} does not answer as it should"
            raise FilesAway(message) from error


def _in_bucket(bucket: Bucket, prefix: str) -> S3Store:
    given = {
        "endpoint": bucket.endpoint,
        "access_key_id": bucket.access_key_id,
        "secret_access_key": bucket.secret_access_key,
    }
    return S3Store(
        bucket.name,
        prefix=prefix,
        region=bucket.region,
        client_options={"allow_http": bucket.endpoint.startswith("http://"), "connect_timeout": _CONNECT_SECONDS},
        retry_config={"max_retries": _RETRIES, "retry_timeout": _MOST_SECONDS},
        **{name: value for name, value in given.items() if value},  # pyright: ignore[reportArgumentType] -- by name
    )
