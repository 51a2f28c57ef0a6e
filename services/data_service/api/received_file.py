"""Store an upload in the file store and validate it."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID, uuid4

from fastapi import Request

from common.auth.principal import Principal
from common.clock import now
from common.files import FileStore
from common.http.context import ServiceContext
from common.http.upload import Upload
from services.data_service.domain.csv_files.dates import latest_year
from services.data_service.domain.csv_files.options import read_options
from services.data_service.domain.csv_files.survey import Surroundings
from services.data_service.domain.files.uploaded_file import IMPORT_KINDS, UploadedFile, judge_file
from services.data_service.errors import ImportKindUnknown
from services.data_service.sources.file_shape import HEAD_BYTES
from services.data_service.store.tenant_settings import place_of_tenant


class ReceivedFile(NamedTuple):
    """A validated upload in the file store."""

    job_id: UUID
    kind: str
    path: str
    name: str
    size: int
    file: UploadedFile
    around: Surroundings


def files_of_imports(context: ServiceContext) -> FileStore:
    """Return the store that holds uploads until they are read."""
    files: FileStore = context.extras["files"]
    return files


async def receive(kind: str, request: Request, caller: Principal, context: ServiceContext) -> ReceivedFile:
    """Store and validate an upload; a refused file is deleted.

    Raises:
        ImportKindUnknown, FileNotTaken, ImportOptionsInvalid, PayloadTooLarge, UploadMalformed: see each.
    """
    if kind not in IMPORT_KINDS:
        message = f"{kind[:60]!r} is none of {', '.join(IMPORT_KINDS)}"
        raise ImportKindUnknown(message)
    upload = Upload(request, most_bytes=context.settings.max_import_mb << 20)
    job_id = uuid4()
    path = f"{caller.tenant_id}/{job_id}"
    files = files_of_imports(context)
    await _store(files, path, upload)
    try:
        async with context.db.of(caller, readonly=True) as connection:
            place = await place_of_tenant(connection, caller.tenant_id)
        options = read_options(kind, upload.fields)
        around = Surroundings(options, place.country, place.time_zone, place.currency, latest_year(now()))
        head = await files.head(path, min(HEAD_BYTES, upload.size)) if upload.size else b""
        # In a thread, because a wide file's header has thousands of names and is tried with several separators.
        file = await asyncio.to_thread(judge_file, kind, head, around)
    except BaseException:
        await files.delete(path)
        raise
    return ReceivedFile(job_id, kind, path, upload.name, upload.size, file, around)


async def _store(files: FileStore, path: str, upload: Upload) -> None:
    failure: Exception | None = None

    async def blocks() -> AsyncIterator[bytes]:
        nonlocal failure
        try:
            async for block in upload.blocks():
                yield block
        except Exception as error:
            failure = error
            raise

    try:
        await files.put(path, blocks())
    except Exception as error:  # noqa: BLE001 -- raised again, unwrapped
        # The file store wraps errors of the stream; raise the original one, which says what is wrong with the upload.
        raise failure or error from None
