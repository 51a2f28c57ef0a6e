"""Uploads that nobody will read. Without a job, since the service was killed before it was queued: dropped when a day
old. Of a job that was cancelled or failed: a week later, until when it can be retried.
"""

import asyncio
from typing import Final
from uuid import UUID

from loguru import logger

from common.files import FileStore
from common.http.context import ServiceContext
from services.data_service.store.files.import_files import unread_files

_AGE_SECONDS: Final = 24 * 3600
_EVERY_SECONDS: Final = 3600


async def keep_files_in_order(context: ServiceContext) -> None:
    """Look once an hour, and at the start: a crash is what leaves such files."""
    while not context.stopping.is_set():
        try:
            await drop_abandoned(context)
        except Exception as error:  # noqa: BLE001 -- it can wait an hour
            logger.warning("abandoned uploads: {}: {}", type(error).__name__, error)
        try:
            await asyncio.wait_for(context.stopping.wait(), _EVERY_SECONDS)
        except TimeoutError:
            continue


async def drop_abandoned(context: ServiceContext) -> None:
    """Drop old files that no unfinished import names; one that is still being written is never old."""
    files: FileStore = context.extras["files"]
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
        if job_id not in unread[tenant]:
            logger.info("dropped an upload that nobody will read: {}", name)
            await asyncio.to_thread(files.drop, name)
