"""Store files in a folder of the home, or in a bucket if S3_BUCKET is set.

Each kind of file has its own area: `files_of(settings, "imports")`. Files are written as they stream in and read in
chunks, so that a file is in memory as a whole only if the caller requests that.
"""

import os
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
    # A process that reads a file is started for each import, and starts in a third of the time without this import.
    from common.settings import Settings

_PART_BYTES: Final = 5 << 20  # the minimum of S3 for all parts but the last
_CHUNK_BYTES: Final = 1 << 20
_DEFAULT_REGION: Final = "us-east-1"
# A user waits for an upload, so a bucket that does not answer is reported soon.
_RETRIES: Final = 3
_RETRY_SECONDS: Final = timedelta(seconds=15)
_CONNECT_SECONDS: Final = timedelta(seconds=3)


class FilesAway(ConnectionError):
    """The bucket does not answer or reports an internal error. This is an outage, so the call may be tried again."""


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket of S3, or of an S3-compatible server at `endpoint`.

    Without an access key, the credentials of the machine are used: environment, profile or instance role.
    """

    name: str
    region: str
    endpoint: str
    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"Bucket({self.name!r})"


class Place(msgspec.Struct, frozen=True):
    """The location of an area's files: a folder, or with a bucket the prefix `folder` in it.

    It contains the bucket's secret, so it may be passed only to our own processes, through a pipe.
    """

    folder: str
    bucket: Bucket | None = None


def place_of(settings: "Settings", area: str) -> Place:
    """Return the location of an area, such as `imports`."""
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
    """Open the file store of an area."""
    return FileStore(place_of(settings, area))


class FileStore:
    """The files of one location. Names are relative paths with `/`, chosen by us and never by a caller of the API.

    Each method raises FilesAway if the bucket does not answer.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._folder = None if place.bucket else Path(place.folder)
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        self._store = _in_bucket(place.bucket, place.folder) if place.bucket else LocalStore(place.folder)

    async def put(self, name: str, content: bytes | AsyncIterator[bytes]) -> None:
        """Write a file from bytes or a stream. The file appears completely or not at all."""
        with self._outages_reported():
            # Few concurrent parts, so that only a few are in memory, however fast the sender is.
            await obstore.put_async(self._store, name, content, chunk_size=_PART_BYTES, max_concurrency=2)

    async def read(self, name: str) -> bytes | None:
        """Return the content of a small file, or None if it does not exist."""
        with self._outages_reported(), suppress(FileNotFoundError):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())
        return None

    async def is_there(self, name: str) -> bool:
        """Return whether the file exists."""
        with self._outages_reported(), suppress(FileNotFoundError):
            await obstore.head_async(self._store, name)
            return True
        return False

    async def head(self, name: str, length: int) -> bytes:
        """Return the first bytes of a file that is not empty."""
        with self._outages_reported():
            return bytes(await obstore.get_range_async(self._store, name, start=0, length=length))

    async def delete(self, name: str) -> None:
        """Delete a file, if it exists."""
        with self._outages_reported(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, name)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield the file's bytes in chunks of about 1 MB. It blocks, so it is for a reader in a process of its own."""
        with self._outages_reported():
            for chunk in obstore.get(self._store, name).stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(chunk)

    @contextmanager
    def on_disk(self, name: str) -> Generator[Path]:
        """Provide a path at which the file can be opened: the file itself, or a temporary copy of one in a bucket."""
        if self._folder is not None:
            yield self._folder / name
            return
        with TemporaryDirectory(prefix="branchwise-") as folder:
            copy = Path(folder) / "file"
            with copy.open("wb") as target:
                for chunk in self.blocks(name):
                    target.write(chunk)
            yield copy

    def untouched_for(self, seconds: float) -> list[str]:
        """Return the names of files that were not written to for this long.

        In a folder, this includes the partial files of interrupted uploads (`NAME#1`). A bucket does not list the parts
        of an incomplete upload: an upload that ends with an error deletes its parts, and the bucket's lifecycle rule
        `AbortIncompleteMultipartUpload` deletes those of a process that died.
        """
        before = time.time() - seconds
        if self._folder is None:
            with self._outages_reported():
                pages = obstore.list(self._store)
                return [file["path"] for page in pages for file in page if file["last_modified"].timestamp() < before]
        # (`rglob` would end with an error where a folder is removed meanwhile)
        paths = (Path(place) / name for place, _, names in os.walk(self._folder) for name in names)
        return [path.relative_to(self._folder).as_posix() for path in paths if _written_before(path, before)]

    def drop(self, name: str) -> None:
        """Delete a file or partial file that `untouched_for` returned. obstore itself deletes complete files only."""
        if self._folder is not None:
            (self._folder / name).unlink(missing_ok=True)
            return
        with self._outages_reported(), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    @contextmanager
    def _outages_reported(self) -> Generator[None]:
        try:
            yield
        except GenericError as error:
            if self.place.bucket is None:
                raise
            message = f"the bucket {self.place.bucket.name} does not answer as it should"
            raise FilesAway(message) from error


def _written_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:  # its upload or import has ended since the folder was listed
        return False


def _in_bucket(bucket: Bucket, prefix: str) -> S3Store:
    options = {
        "endpoint": bucket.endpoint,
        "access_key_id": bucket.access_key_id,
        "secret_access_key": bucket.secret_access_key,
    }
    return S3Store(
        bucket.name,
        prefix=prefix,
        region=bucket.region,
        client_options={"allow_http": bucket.endpoint.startswith("http://"), "connect_timeout": _CONNECT_SECONDS},
        retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_SECONDS},
        **{name: value for name, value in options.items() if value},  # pyright: ignore[reportArgumentType] -- by name
    )
