"""Deleting abandoned uploads.

A file without a job (the service was killed before queueing it) is deleted when it is a day old. The file of a
cancelled or failed job is deleted after a week; until then the job can be retried.
"""

import asyncio
from typing import Final, NamedTuple
from uuid import UUID

from loguru import logger

from common.files import FileStore
from common.http.context import ServiceContext
from services.data_service.store.files.import_files import unread_files

_AGE_SECONDS: Final = 24 * 3600
_EVERY_SECONDS: Final = 3600


class Swept(NamedTuple):
    """How many files were dropped, and how many could not be."""

    dropped: int
    failed: int


async def keep_files_in_order(context: ServiceContext) -> None:
    """Run at the start, because crashes leave such files, and then once an hour."""
    while not context.stopping.is_set():
        try:
            swept = await drop_abandoned(context)
            if swept.failed:
                logger.warning("abandoned uploads: {} dropped, {} could not be removed", swept.dropped, swept.failed)
        except Exception as error:  # noqa: BLE001 -- it can wait an hour
            logger.warning("abandoned uploads: {}: {}", type(error).__name__, error)
        try:
            await asyncio.wait_for(context.stopping.wait(), _EVERY_SECONDS)
        except TimeoutError:
            continue


async def drop_abandoned(context: ServiceContext) -> Swept:
    """Delete old files that no unfinished import names; a file still being written is never old.

    A file that cannot be removed is left for the next time, and keeps no other one.
    """
    files: FileStore = context.extras["files"]
    dropped = failed = 0
    unread: dict[str, set[UUID]] = {}
    for name in await asyncio.to_thread(files.untouched_for, _AGE_SECONDS):
        tenant, _, job = name.partition("/")
        try:
            tenant_id, job_id = UUID(tenant), UUID(job.partition("#")[0])
        except ValueError:
            continue
        if tenant not in unread:
            async with context.db.tenant(tenant_id, readonly=True) as connection:
                unread[tenant] = await unread_files(connection, tenant_id)
        if job_id in unread[tenant]:
            continue
        try:
            await asyncio.to_thread(files.drop, name)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it may be this file's alone
            failed += 1
            logger.warning("an upload that nobody will read stays: {}: {}: {}", name, type(error).__name__, error)
        else:
            dropped += 1
            logger.info("dropped an upload that nobody will read: {}", name)
    return Swept(dropped, failed)
